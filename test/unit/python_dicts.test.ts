import * as fc from 'fast-check';
import { readPythonDicts, type PythonValue } from '../../model/python_dicts';
import { pythonFile, type Written } from './fixtures/python_text';

const refusal = (text: string) => {
  try {
    return { read: readPythonDicts(text) };
  } catch (error) {
    const { status, code, line, message } = error as { status: number; code: string; line: number; message: string };
    return { status, code, line, message };
  }
};

test('the samples of the seed and of its connector', () => {
  expect(readPythonDicts(`
# what the grid may use
myCompute = {
	"name": "myCompute",
	"connector": "http://localhost:7051"
}
skynet_backend = {
    'name': 'skynet_backend',
    'image': 'skynet-backend:latest',
    'command': 'java -jar /tmp/backend.jar',
    'environment': {
        'SERVICE_8081_IGNORE': 1,  # a number
        'SERVICE_8080_CHECK_INTERVAL': '15s',
    },
    'ports': ['8080']
}
`)).toEqual({
    myCompute: { name: 'myCompute', connector: 'http://localhost:7051' },
    skynet_backend: {
      name: 'skynet_backend', image: 'skynet-backend:latest', command: 'java -jar /tmp/backend.jar',
      environment: { SERVICE_8081_IGNORE: 1, SERVICE_8080_CHECK_INTERVAL: '15s' }, ports: ['8080'],
    },
  });
});

test.each<[string, PythonValue]>([
  [`'it''s'`, 'its'], [`"a" \n # why\n 'b'`, 'ab'], [`u'x'`, 'x'], [`"""a\n"b" ''"""`, `a\n"b" ''`], [`'''\\\n'''`, ''], [`'\\x41\\101\\u00e9\\U0001F600\\n\\q\\\\'`, 'AAé😀\n\\q\\'],
  ['0', 0], ['-1_000', -1000], ['+7', 7], ['0x_fF', 255], ['0o17', 15], ['0b101', 5], ['00', 0], ['1.5', 1.5], ['.5', 0.5], ['2.', 2], ['1e-3', 0.001], ['08.5', 8.5],
  ['True', true], ['False', false], ['None', null], ['[]', []], ['[1, 2,]', [1, 2]], ['()', []], ['(1,)', [1]], ['(1)', 1], ['((1, 2), [3])', [[1, 2], [3]]],
  ['{}', {}], [`{'a': 1, 'a': 2}`, { a: 2 }], [`{'a' 'b': (None)}`, { ab: null }],
])('%j has the value that Python gives it', (written, value) => {
  expect(readPythonDicts(`x = {'v': ${written}}`)).toEqual({ x: { v: value } });
});

test('names in their order, the last of a name counts, and line ends of every kind', () => {
  expect(readPythonDicts('\uFEFFb = {}\r\na={\r"x":1}\r\n\n  # end\nb = \\\n {"y": 2} # again')).toEqual({ b: { y: 2 }, a: { x: 1 } });
  expect(Object.keys(readPythonDicts('b = {}\na = {}\nb = {"y": 2}'))).toEqual(['b', 'a']);
  expect(readPythonDicts('')).toEqual({});
  expect(readPythonDicts(' \t\n#')).toEqual({});
});

test('keys that mean something to JavaScript are keys like any other', () => {
  const read = readPythonDicts(`__proto__ = {'__proto__': {'polluted': True}, 'constructor': 1}`);
  expect(Object.entries(read['__proto__'] as object)).toEqual([['__proto__', { polluted: true }], ['constructor', 1]]);
  expect(Object.keys(read)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test.each([
  ['import os', 1, 8, 'only import = {…} is read'],
  ['os.system("x")', 1, 3, 'only os = {…} is read'],
  ['x = {}\n\nx["a"] = 1', 3, 2, 'only x = {…} is read'],
  ['x: dict = {}', 1, 2, 'only x = {…} is read'],
  ['x == {}', 1, 3, 'only x = {…} is read'],
  ['x = y = {}', 1, 5, 'a dict was expected here'],
  ['x = [1]', 1, 5, 'a dict was expected here'],
  ['x = dict(a=1)', 1, 5, 'a dict was expected here'],
  ['x = {} | {}', 1, 8, 'nothing but a comment may follow'],
  ['x = {}; y = {}', 1, 7, 'nothing but a comment may follow'],
  [' x = {}', 1, 1, 'a name was expected here'],
  ['"""words"""\nx = {}', 1, 1, 'a name was expected here'],
  ['True = {}', 1, 1, 'a name was expected here'],
  ['x = {\n  "a": __import__("os").system("touch /tmp/x"),\n}', 2, 8, '__import__ is a name, and no name has a value here'],
  ['x = {"a": y}', 1, 11, 'y is a name'],
  ['x = {"a": [i for i in "ab"]}', 1, 12, 'i is a name'],
  ['x = {"a": lambda: 1}', 1, 11, 'lambda is a name'],
  ['x = {"a": "b".upper()}', 1, 14, 'a "," or "}" was expected here'],
  ['x = {"a": 1 + 1}', 1, 13, 'a "," or "}" was expected here'],
  ['x = {"a": "%s" % 1}', 1, 16, 'a "," or "}" was expected here'],
  ['x = {"a"}', 1, 9, 'a ":" was expected here'],
  ['x = {1: 2}', 1, 6, 'a text was expected here, as key'],
  ['x = {**y}', 1, 6, 'a text was expected here, as key'],
  ['x = {,}', 1, 6, 'a text was expected here, as key'],
  ['x = {"a": (,)}', 1, 12, 'a value was expected here'],
  ['x = {"a": f"{1}"}', 1, 11, 'bytes, raw and formatted texts are not read'],
  ['x = {"a": rb"1"}', 1, 11, 'bytes, raw and formatted texts are not read'],
  ['x = {"a": "\\N{BULLET}"}', 1, 12, 'this escape is not read'],
  ['x = {"a": "\\x4"}', 1, 12, 'this escape is not read'],
  ['x = {"a": "\\Uffffffff"}', 1, 12, 'there is no such character'],
  ['x = {"a": "one\ntwo"}', 1, 11, 'the text that begins with " does not end'],
  ["x = {'a': '''one\ntwo''", 1, 11, "the text that begins with ''' does not end"],
  ['x = {"a": 1', 1, 12, 'a "," or "}" was expected here'],
  ['x = {"a":', 1, 10, 'a value was expected here'],
  ['x = {"a": 1j}', 1, 11, 'this is no number that can be read'],
  ['x = {"a": 012}', 1, 11, 'this is no number that can be read'],
  ['x = {"a": 1__0}', 1, 11, 'this is no number that can be read'],
  ['x = {"a": --1}', 1, 11, 'this is no number that can be read'],
  ['x = {"a": ...}', 1, 11, 'this is no number that can be read'],
  ['x = {"a": 12345678901234567890}', 1, 11, 'this number is too large'],
  ['x = {"a": 1e999}', 1, 11, 'this number is too large'],
  [`x = {"a": ${'['.repeat(100)}`, 1, 75, 'nested deeper than 64 levels'],
])('%j is refused at its place', (text, line, column, what) => {
  const told = refusal(text);
  expect(told).toMatchObject({ status: 400, code: 'not_plain_data', line });
  expect(told.message).toMatch(`line ${line}, column ${column}: ${what}`);
});

test('whatever values are written, in whatever style, those values are read', () => {
  fc.assert(fc.property(pythonFile, ({ text, values }: Written) => expect(readPythonDicts(text)).toEqual(values)), { numRuns: 500 });
});

test('whatever is read is either plain data or refused with a place within the text', () => {
  const bits = fc.constantFrom(...'{}[]()=:,#\'"\\\n +-._0189aexXnuU'.split(''), 'x = {', '"a": ', 'True', 'None', "'''", '"""', 'f"', '0x', 'é', '\u2028');
  fc.assert(fc.property(fc.array(bits, { maxLength: 40 }).map((parts) => parts.join('')), (text) => {
    const told = refusal(text);
    if ('read' in told) return void JSON.stringify(told.read);
    expect(told).toMatchObject({ status: 400, code: 'not_plain_data' });
    const [, line, column] = /^line (\d+), column (\d+): /.exec(told.message)!.map(Number);
    const lines = text.split('\n');
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeLessThanOrEqual(lines[line! - 1]!.length + 1);
  }), { numRuns: 2_000 });
});

test('a large file is read in the time that its length takes', () => {
  const one = `x = {'a': [${'1, '.repeat(100_000)}], 'b': ${"'y' ".repeat(50_000)}, 'c': '${'\\n'.repeat(100_000)}'}\n`;
  const startedAt = performance.now();
  expect((readPythonDicts(one)['x']!['a'] as unknown[]).length).toBe(100_000);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});
