import fc from 'fast-check';
import { isProblem } from '../../model/errors';
import { matchesWhole } from '../../model/hrd/pattern';

const matches = (regex: string, text: string) => matchesWhole(regex, text, 'instance.x');

const expression = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', '.', '\\d', '\\W', '\\S', '\\.', '[ab]', '[^a]', '[a-c0-9]', '[\\d_-]', '^', '$', '\\n', 'é', ''),
    fc.tuple(tie('node'), tie('node')).map((two) => two.join('')),
    fc.tuple(tie('node'), tie('node')).map((two) => `(?:${two.join('|')})`),
    fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?', '+?')).map(([node, count]) => `(${node})${count}`),
  ),
})).node;

test('agrees with the language on every expression it reads', () => {
  fc.assert(fc.property(expression, fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', '-', '_', '\n', 'é', ' '), maxLength: 6 }), (regex, text) => {
    expect([regex, text, matches(regex, text)]).toEqual([regex, text, new RegExp(`^(?:${regex})$`).test(text)]);
  }), { numRuns: 5_000 });
});

test.each([
  ['[]a]+', ']a', true], ['a{,2}', 'a{,2}', true], ['x{', 'x{', true], ['\\/\\-', '/-', true], ['\\d{1,3}(\\.\\d{1,3}){3}', '10.0.0.5', true],
  ['[a-z]+', 'ab1', false], ['', '', true], ['a|', '', true], ['[a-]', '-', true],
])('%s with %s', (regex, text, expected) => {
  expect(matches(regex, text)).toBe(expected);
});

test.each(['(', ')', 'a**', '*', '[a', '\\', '(?=a)', '(?i)a', '\\1', '\\b', '\\p{L}', '[b-a]', 'a{3,2}', 'a{1001}', '(a{999}){999}', 'a{2}{3}', '(()', `${'('.repeat(30)}a${')'.repeat(30)}`, '((){1000}){1000}', 'a'.repeat(3_000)])(
  '%s is refused with the key it belongs to',
  (regex) => {
    try {
      matches(regex, 'a');
    } catch (error) {
      expect(isProblem(error)).toBe(true);
      expect(error).toMatchObject({ status: 400, field: 'instance.x' });
      return;
    }
    throw new Error('was accepted');
  },
);

test.each(['(a+)+b', '(a*)*b', '(a|a)*b', 'a*a*a*a*a*a*b', '(a?){30}a{30}', '(()*)*b'])('%s takes no time to speak of on a long text', (regex) => {
  const started = performance.now();
  expect(matches(regex, 'a'.repeat(10_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(20_000);
});
