import fc from 'fast-check';
import { parseValues } from '../../cli/values';

test('values are JSON where they read as JSON, else text', () => {
  expect(parseValues(['size=2', 'name=abc', 'on=true', 'list=[1,"b"]', 'none=null', 'empty=', 'a=b=c', 'slaves.number=4'])).toEqual({
    size: 2, name: 'abc', on: true, list: [1, 'b'], none: null, empty: '', a: 'b=c', 'slaves.number': 4,
  });
});

test('text that a number would not give back stays text', () => {
  expect(parseValues(['version=1.10', 'id=12345678901234567890', 'zero=007', 'e=1e3'])).toEqual({ version: '1.10', id: '12345678901234567890', zero: '007', e: '1e3' });
});

test('whatever is not JSON arrives letter by letter, and every JSON value that is not a number arrives as itself', () => {
  const key = fc.string({ minLength: 1 }).filter((k) => !k.includes('='));
  fc.assert(
    fc.property(key, fc.jsonValue(), (k, value) => {
      fc.pre(typeof value !== 'number' && !Object.is(JSON.parse(JSON.stringify(value)), -0));
      expect(Object.entries(parseValues([`${k}=${JSON.stringify(value)}`]))).toEqual([[k, JSON.parse(JSON.stringify(value))]]);
    }),
  );
  fc.assert(fc.property(key, fc.string().filter((t) => !isJson(t)), (k, text) => expect(Object.entries(parseValues([`${k}=${text}`]))).toEqual([[k, text]])));
});

test('the last of two wins, and a word that is no option is refused with the way to write one', () => {
  expect(parseValues(['size=1', 'size=2'])).toEqual({ size: 2 });
  expect(() => parseValues(['size'])).toThrow('"size" is not an option');
  expect(() => parseValues(['=2'])).toThrow('is not an option');
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
