import { isProblem } from '../../model/errors';
import { findItem, MAX_HRD_CHARS } from '../../model/hrd/hrd';
import { parseHrd } from '../../model/hrd/parse';
import { writeHrd } from '../../model/hrd/write';
import { refused } from '../support/refused';

const value = (file: string, key = 'a') => findItem(parseHrd(file), key)?.value;

describe('parseHrd', () => {
  test('a byte order mark and the line ends of any system are no part of values', () => {
    expect(parseHrd('\uFEFF#c\na=1').items).toEqual(parseHrd('#c\na=1').items);
    expect(parseHrd('\uFEFFa=1\r\nb=\r\n  x,\r\n  y,\r\n\r\nc=2\rd=3')).toEqual(parseHrd('a=1\nb=\n  x,\n  y,\n\nc=2\nd=3'));
  });

  test('keys know no capitals, and the later of two values counts, at the place of the first', () => {
    const hrd = parseHrd('#one\nParam.A=1\nb=2\n#two\nPARAM.a=3\n');
    expect(hrd.items).toEqual([
      { key: 'param.a', comments: ['#one', '#two'], type: 'base', value: '3' },
      { key: 'b', comments: [], type: 'base', value: '2' },
    ]);
  });

  test.each([
    ["a='x, y: z'", 'x, y: z'], ["a='it\\u0027s one'", "it's one"], ["a='\\u0023 \\N\\K\\D\\Q\\S.'", '# \n,:" .'], ["a='{{ b, c:1 }}'", '{{ b, c:1 }}'],
    ['a={{ b, c:1 }}', '{{ b, c:1 }}'], ["a='@ASK'", '@ASK'], ['a=me@asking.org', 'me@asking.org'], ['a=x=y', 'x=y'], ['@a=1', undefined], ['a=b', 'b'],
  ])('%s', (file, expected) => {
    expect(value(file)).toEqual(expected);
  });

  test('a comment begins anywhere, in quotes too', () => {
    expect(parseHrd("a='x # y'\n#end")).toEqual({ items: [{ key: 'a', comments: ["# y'"], type: 'base', value: 'x' }], comments: ['#end'] });
  });

  test('an empty value takes the indented lines below it, past lines that are comments, up to an empty or unindented one', () => {
    expect(parseHrd('a=\n    x, #first\n#in between\n    y,\n#of b\nb=1\nc=\n\n    z,\n')).toEqual({
      items: [
        { key: 'a', comments: ['#first', '#in between'], type: 'list', value: ['x', 'y'] },
        { key: 'b', comments: ['#of b'], type: 'base', value: '1' },
        { key: 'c', comments: [], type: 'unknown', value: '' },
      ],
      comments: [],
    });
  });

  test('commas between quotes do not separate where the value goes over several lines', () => {
    expect(value("a=\n  'x, y', 'z',\n")).toEqual(['x, y', 'z']);
    expect(value("a=\n  cmd:'run -a, b:c',\n  args:-x 'p, q' r,\n")).toEqual([['cmd', 'run -a, b:c'], ['args', "-x 'p, q' r"]]);
  });

  test('text over several lines keeps what is indented more than its first line', () => {
    expect(value('a=\n  def f():\n      return 1\n \n  x')).toBe('def f():\n    return 1\n');
  });

  test('a list or a dict without anything in it', () => {
    expect([value('a=,'), value('a=:'), value('a=\n    ,\n'), value('a=\n    :,\n')]).toEqual([[], [], [], []]);
  });

  test('a list in brackets is one value; only whole numbers in it are numbers', () => {
    expect(value("a=\n  p:[80,81,'9',x,1.5,-2],\n  q:'[1,2]',\n")).toEqual([['p', [80, 81, '9', 'x', '1.5', -2]], ['q', '[1,2]']]);
  });

  test('binary goes as it is to the line that ends it, and a value b without one is a text', () => {
    const binary = parseHrd('a=bqp\n  #=3D\n\nb=1\n#BINARYEND#########\nc=2\n');
    expect(binary.items).toEqual([
      { key: 'a', comments: [], type: 'binary', encoding: 'bqp', value: '  #=3D\n\nb=1' },
      { key: 'c', comments: [], type: 'base', value: '2' },
    ]);
    expect(parseHrd('a=b\nc=2')).toEqual(parseHrd("a='b'\nc='2'"));
  });

  test('all tags of a question', () => {
    expect(parseHrd("a=@ask Name:n TYPE:integer descr:give__'it' default:'' regex:'\\S+ x' x:y retry:2 minValue:1 maxValue:2.5").items[0]).toMatchObject({
      type: 'ask', prefix: '', value: { name: 'n', type: 'int', descr: "give 'it", default: '', regex: '\\S+ x', retry: 2, minValue: 1, maxValue: 2.5 },
    });
    expect(value('a=@ASK minValue:-0')).toEqual({ type: 'str', minValue: 0 });
    expect(value("a=@ASK regex:'\\S+\\u0023' dropdownvals:'x y,z' type:dropdown")).toEqual({ type: 'dropdown', regex: '\\S+#', dropdownvals: ['x y', 'z'] });
  });

  test.each([
    ['a=1\nb=x:1, y', 2, 8, /b is a dict, but y has no colon/],
    ['a=\n  x:1,\n    oops,\n', 3, 5, /oops has no colon/],
    ['a = bqp\nxx', 1, 5, /does not end/],
    ['\n  a= @ASK type:itn', 2, 6, /type itn/],
    ['a=@ASK minValue:low', 1, 3, /minValue low/],
    ['a=@ASK type:dropdown', 1, 3, /without choices/],
  ])('%j is refused at line %i, column %i', (file, line, column, message) => {
    const said = refused(() => parseHrd(file));
    expect(said).toMatchObject({ status: 400, code: 'invalid_hrd', line });
    expect(said.message).toMatch(message);
    expect(said.message).toContain(`(line ${line}, column ${column})`);
  });

  test('more than a MiB is refused, with the line at which it is too much', () => {
    expect(parseHrd('a=1\n'.repeat(MAX_HRD_CHARS / 4)).items).toHaveLength(1);
    expect(refused(() => parseHrd(`${'a=1\n'.repeat(MAX_HRD_CHARS / 4)}#`))).toMatchObject({ status: 413, code: 'hrd_too_long', line: MAX_HRD_CHARS / 4 + 1 });
  });

  test.each([
    ['a=b\n', 'many b'], ['a=\n#c\n', 'many comments'], ['a=#\n', 'many of one key'], ["'", 'quotes'], ['"\'', 'both quotes'], ['{{', 'braces'], ['[', 'brackets'],
    [' ', 'spaces'], ['\t\n', 'tabs'], ['a=\n ,', 'blocks'], ['x', 'one word'], ['$(', 'references'], ['@ask ', 'questions'], ['x:,', 'pairs'], ["'x' ", 'words in quotes'],
  ])('a MiB of %j takes less than a few seconds', (part) => {
    const long = part.repeat(MAX_HRD_CHARS / part.length - 20);
    const started = performance.now();
    for (const file of [long, `a=${long}`, `a=@ASK ${long}`, `a=\n    ${long}`, `a=@ASK descr:'${long}'`]) {
      try {
        writeHrd(parseHrd(file));
      } catch (error) {
        if (!isProblem(error)) throw error;
      }
    }
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe('writeHrd', () => {
  const base = (key: string, text = '') => ({ items: [{ key, comments: [] as string[], type: 'base' as const, value: text }], comments: [] });

  test.each(['a\nb', 'a=b', 'a#b', '@a', ' a', 'A'])('the key %j cannot be written', (key) => {
    expect(refused(() => writeHrd(base(key)))).toMatchObject({ status: 400, field: key });
  });

  test('no value can add a line of its own', () => {
    for (const text of ["x'\nservice.process.1='evil", "x\n\ny=z\n", 'x\r\ny=z']) {
      expect(parseHrd(writeHrd(base('a', text))).items).toEqual(base('a', text).items);
    }
    const written = writeHrd({ items: [{ ...base('a').items[0]!, comments: ['#x\ny=1'] }], comments: ['z=1'] });
    expect(parseHrd(written)).toEqual({ items: [{ ...base('a').items[0], comments: ['#x y=1'] }], comments: ['#z=1'] });
  });

  test('binary that would end itself is refused', () => {
    expect(refused(() => writeHrd({ items: [{ key: 'a', comments: [], type: 'binary', encoding: 'b', value: 'x\n#BINARYEND#########' }], comments: [] }))).toMatchObject({ field: 'a' });
  });

  test('a file that nobody changed keeps its comments and its order', () => {
    const file = `#about b
b                              = '1'

#about a
#beside a
a                              =
    x:'1',
    y:[1,2],

c                              = @ASK type:int default:7 descr:'how many, at most' minValue:1

#the end
`;
    expect(writeHrd(parseHrd(file))).toBe(file);
  });

  test('nothing is an empty file', () => {
    expect([writeHrd(parseHrd('')), parseHrd('')]).toEqual(['', { items: [], comments: [] }]);
  });
});
