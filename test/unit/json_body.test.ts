import { assert, boolean, json as anyJson, property, string } from 'fast-check';
import { parseJson } from '../../api/http/json';
import type { Problem } from '../../model/errors';

const refusal = (text: string, lenient = true): Problem => {
  try {
    parseJson(text, { lenient });
  } catch (error) {
    return error as Problem;
  }
  throw new Error(`taken: ${text}`);
};

test('what is JSON is read as JSON, leniently or not', () => {
  assert(property(anyJson(), boolean(), (text, lenient) => expect(parseJson(text, { lenient })).toEqual(JSON.parse(text))));
});

test('a JSON text without its commas between lines means the same to the lenient reader, and nothing to the strict one', () => {
  const text = '{\n "required": {"a": 1}\n "optional": {"b": [1\n 2]}\n}';
  expect(parseJson(text, { lenient: true })).toEqual({ required: { a: 1 }, optional: { b: [1, 2] } });
  expect(refusal(text, false)).toMatchObject({ status: 400, code: 'invalid_json', line: 3, message: expect.stringContaining('Comma expected at line 3, column 2') });
});

test('the sample of seed 002, with its trailing comma, is taken on seed paths only', () => {
  const text = '{\n  "name": "cdh",\n  "version": "5.7.0",\n}';
  expect(parseJson(text, { lenient: true })).toEqual({ name: 'cdh', version: '5.7.0' });
  expect(refusal(text, false).code).toBe('invalid_json');
});

test.each([
  ['{"a": 1', 'Close brace expected'], ['{a: 1}', 'line 1, column 2'], ["{'a': 1}", 'line 1, column 2'], ['{"a": 1} x', 'line 1, column 10'], ['', 'line 1, column 1'],
  ['{"a": // no\n1}', 'line 1, column 7'], ['{"a":,}', 'line 1'], ['[1,,2]', 'line 1'], ['{"a" 1}', 'Colon expected'], ['undefined', 'line 1'], ['"\u0001"', 'line 1'],
])('nothing else is overlooked: %j', (text, where) => {
  expect(refusal(text)).toMatchObject({ status: 400, code: 'invalid_json', message: expect.stringContaining(where) });
});

test('whatever text comes, it is a value or a problem 400', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      try {
        parseJson(text, { lenient: true });
      } catch (error) {
        expect(error).toMatchObject({ status: 400 });
      }
    }),
  );
});

test.each([['[', ']'], ['{"a":', '}']])('a text of %s 100,000 deep is refused, closed or not, and does not exhaust the stack', (open, close) => {
  const deep = open.repeat(100_000);
  expect(refusal(deep + '1' + close.repeat(100_000)).code).toBe('json_too_deep');
  expect(refusal(deep)).toMatchObject({ status: 400 });
});

test('a key __proto__ changes no object', () => {
  for (const text of ['{"__proto__": {"polluted": true}}', '{"__proto__": {"polluted": true},}']) {
    const value = parseJson(text, { lenient: true }) as { polluted?: boolean };
    expect(value.polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
