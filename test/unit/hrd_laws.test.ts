import fc from 'fast-check';
import { isProblem } from '../../model/errors';
import { ASK_TYPES, hrdKey, type AskTags, type Hrd, type HrdItem } from '../../model/hrd/hrd';
import { parseHrd } from '../../model/hrd/parse';
import { substitute } from '../../model/hrd/substitute';
import { writeHrd } from '../../model/hrd/write';

/** Texts of what means something to the format, more often than chance would have it. */
const MEANING = [
  "'", '"', '#', ',', ':', '=', '\\', '\\S', '\\K', '\\u0023', '\\', '@', '@ASK', ' ', '\t', '\n', '\r', '[', ']', '{{', '}}', '$(', ')', '__', 'b', 'bqp',
  '#BINARYEND#########', '\uFEFF', '\u2028', '\u00a0', '-0', '007', '1', 'a', 'ä', '\ud800', '💡', '\0', '    ',
];
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom(...MEANING), { maxLength: 8 }).map((parts) => parts.join('')));
const lines = fc.array(fc.stringMatching(/^[a-z,:' ]*[a-z,]$/), { minLength: 1, maxLength: 3 }).map((all) => all.map((line) => `${line}\n`).join(''));

const file = fc.array(fc.oneof(fc.constantFrom(...MEANING, 'a=', 'b=\n    x:y,', '\n', '\n    ', 'c=@ASK type:', 'd=bqp\n', "e='x'\n", 'default:', "descr:'"), text), { maxLength: 20 }).map((parts) => parts.join(''));

const nonEmpty = (given: fc.Arbitrary<string>) => given.filter((one) => one !== '');
const element = fc.oneof(text, fc.array(fc.oneof(text, fc.maxSafeInteger()), { maxLength: 3 }));
const pair = fc.tuple(text, element);
const ask: fc.Arbitrary<AskTags> = fc.record({
  name: nonEmpty(text), type: fc.constantFrom(...ASK_TYPES), descr: text, default: text, regex: nonEmpty(text), retry: fc.nat(),
  minValue: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), maxValue: fc.integer(), dropdownvals: fc.array(nonEmpty(text), { minLength: 1, maxLength: 3 }),
}, { requiredKeys: ['type', 'dropdownvals'] });
const value = fc.oneof(
  fc.record({ type: fc.constant('base' as const), value: fc.oneof(text, lines) }),
  fc.record({ type: fc.constant('list' as const), value: fc.array(element, { maxLength: 4 }) }),
  fc.record({ type: fc.constant('dict' as const), value: fc.uniqueArray(pair, { maxLength: 4, selector: ([name]) => name }) }),
  fc.record({ type: fc.constant('ask' as const), value: ask, prefix: text }),
  fc.record({ type: fc.constant('binary' as const), value: text.filter((one) => !/\r|#BINARYEND/.test(one)), encoding: fc.constantFrom('b' as const, 'bqp' as const) }),
  fc.constant({ type: 'unknown' as const, value: '' as const }),
);
const key = text.map((one) => hrdKey(one.replace(/[=#\r\n@]/g, '.'))).filter((one) => one === hrdKey(one));
const comment = text.map((one) => `#${one.replace(/[\r\n]/g, ' ')}`.trimEnd());
const item: fc.Arbitrary<HrdItem> = fc.tuple(key, fc.array(comment, { maxLength: 2 }), value).map(([k, comments, v]) => ({ key: k, comments, ...v }));
const hrd: fc.Arbitrary<Hrd> = fc.record({ items: fc.uniqueArray(item, { maxLength: 6, selector: (one) => one.key }), comments: fc.array(comment, { maxLength: 2 }) });

const parsed = (given: string): Hrd | undefined => {
  try {
    return parseHrd(given);
  } catch (error) {
    if (!isProblem(error)) throw error;
    expect(error).toMatchObject({ status: 400, code: 'invalid_hrd', line: expect.any(Number) });
    expect(error.message).toContain(`(line ${error.line}, column `);
    return undefined;
  }
};

const RUNS = { numRuns: 2_000 };

test('what is written reads as what it was, with its comments, in its order', () => {
  fc.assert(fc.property(hrd, (given) => expect(parseHrd(writeHrd(given))).toEqual(given)), RUNS);
});

test('any text is read, or refused with the line and column', () => {
  fc.assert(fc.property(file, (given) => void parsed(given)), RUNS);
});

test('what was read and written again reads the same, and is written the same', () => {
  fc.assert(fc.property(file, (given) => {
    const first = parsed(given);
    if (!first) return;
    const written = writeHrd(first);
    expect(parseHrd(written)).toEqual(first);
    expect(writeHrd(parseHrd(written))).toBe(written);
  }), RUNS);
});

test('sorting the keys changes nothing else', () => {
  fc.assert(fc.property(hrd, (given) => {
    const { items } = parseHrd(writeHrd(given, { sorted: true }));
    expect(items.map((one) => one.key)).toEqual(given.items.map((one) => one.key).sort());
    expect(new Map(items.map((one) => [one.key, one]))).toEqual(new Map(given.items.map((one) => [one.key, one])));
  }));
});

/** Four items that refer only to those before them, in any order. */
const forward = fc.array(fc.array(fc.nat({ max: 99 }), { maxLength: 3 }), { minLength: 4, maxLength: 4 }).chain((wishes) => {
  const items = wishes.map((wish, i): HrdItem => {
    const texts = wish.map((n) => (i > 0 && n % 3 > 0 ? `$(k${n % i})` : 'x'));
    return { key: `k${i}`, comments: [], ...(wish.length > 1 ? { type: 'list', value: texts } : { type: 'base', value: texts.join('') }) };
  });
  return fc.shuffledSubarray(items, { minLength: 4 });
});

test('where references lead to no circle, none is left', () => {
  fc.assert(fc.property(forward, (items) => {
    expect(JSON.stringify(substitute({ items, comments: [] }, () => undefined))).not.toContain('$(');
  }));
});

test('substituting ends whatever refers to whatever, and leaves what refers to nothing as it is', () => {
  fc.assert(fc.property(hrd, (given) => {
    const { items } = substitute(given, () => undefined);
    expect(items.map((one) => one.key)).toEqual(given.items.map((one) => one.key));
    for (const [i, one] of given.items.entries()) if (!JSON.stringify(one).includes('$(')) expect(items[i]).toEqual(one);
  }), RUNS);
});
