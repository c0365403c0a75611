import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { readPythonDicts } from '../../model/python_dicts';
import { describeNeeding } from '../support/parts';
import { pythonFile } from '../unit/fixtures/python_text';

/** What Python itself makes of these files: their variables as JSON, or null where it does not take one. */
const PROGRAM = `
import json, sys, warnings
warnings.simplefilter('ignore')
for text in json.load(sys.stdin):
    names = {}
    try:
        exec(compile(text, 'file', 'exec'), {}, names)
        print(json.dumps(names))
    except SyntaxError:
        print('null')
`;

const asPython = (texts: string[]): unknown[] =>
  execFileSync('python3', ['-c', PROGRAM], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 64 * 2 ** 20 }).trim().split('\n').map((line) => JSON.parse(line) as unknown);

const readOrNot = (text: string): unknown => {
  try {
    return readPythonDicts(text);
  } catch {
    return null;
  }
};

/** A number is one, be it written as -0 or as 1.0. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_key, inner: unknown) => (typeof inner === 'number' ? inner || 0 : inner));

describeNeeding(['python3'], 'a file of dicts', () => {
  test('has the values that it has in Python', () => {
    const texts = fc.sample(pythonFile, 500).map(({ text }) => text);
    expect(texts.map(readOrNot).map(plain)).toEqual(asPython(texts).map(plain));
  });

  test('which Python would not take is not taken here, and what is taken has its value', () => {
    const bits = fc.constantFrom(...`{}[](),:'"\\\n 019.-_eEx#`.split(''), '"a":', "'b':", '1,', '"c"', 'True', 'None', "'''", '\\n', '\\101', '\\xe9', '0x1f', 'u"');
    const texts = fc.sample(fc.array(bits, { maxLength: 8 }), 20_000).map((parts) => `v = {"k": [${parts.join('')}]}\n`).filter((text) => readOrNot(text) !== null);
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.map(readOrNot).map(plain)).toEqual(asPython(texts).map(plain));
  });
});
