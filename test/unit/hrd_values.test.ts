import { asDict } from '../../model/hrd/as_dict';
import { getBool, getDict, getFloat, getInt, getList, getStr } from '../../model/hrd/get';
import { parseHrd } from '../../model/hrd/parse';
import { itemsWithPrefix, keysWithPrefix, listFromPrefix } from '../../model/hrd/prefix';
import { substitute } from '../../model/hrd/substitute';
import { refused } from '../support/refused';

const nothing = () => undefined;

describe('getters', () => {
  const hrd = parseHrd("n=12\nf=-1.5\nt=TRUE\none=1\nyes=yes\nempty=\nl=a,b\nd=x:1,y:007\ntext='p:1,q:2'\nq=@ASK\nport=abc\napi.token=s3cret\nlist='80,81'\n");

  test('a key may be written with capitals', () => expect(getInt(hrd, 'N')).toBe(12));

  test('bool is true for true in any case and for 1, and false for everything else', () => {
    expect(['t', 'one', 'yes', 'empty', 'l'].map((key) => getBool(hrd, key))).toEqual([true, true, false, false, false]);
  });

  test('the fallback stands for a key that is not there, and for a number or a bool that is empty', () => {
    expect([getStr(hrd, 'none', 'x'), getStr(hrd, 'empty', 'x'), getInt(hrd, 'none', 5), getInt(hrd, 'empty', 5), getFloat(hrd, 'f', 5), getBool(hrd, 'empty', true), getList(hrd, 'none', []), getDict(hrd, 'none', {})])
      .toEqual(['x', '', 5, 5, -1.5, true, [], {}]);
  });

  test('lists and dicts as text, and texts as lists and dicts', () => {
    expect([getStr(hrd, 'l'), getStr(hrd, 'd'), getList(hrd, 'list'), getList(hrd, 'empty'), getDict(hrd, 'text'), getDict(hrd, 'empty')])
      .toEqual(['a,b', 'x:1,y:007', ['80', '81'], [], { p: 1, q: 2 }, {}]);
  });

  test('in a dict only what is written the same again becomes a number', () => {
    expect(getDict(parseHrd('d=a:5,b:007,c:1.5,d:-0,e:99999999999999999999,f:-3'), 'd')).toEqual({ a: 5, b: '007', c: '1.5', d: '-0', e: '99999999999999999999', f: -3 });
  });

  test.each<[string, () => unknown, RegExp]>([
    ['none', () => getStr(hrd, 'none'), /is not there/], ['port', () => getInt(hrd, 'port'), /"abc" is not a whole number/], ['f', () => getInt(hrd, 'f'), /whole/],
    ['empty', () => getInt(hrd, 'empty'), /whole/], ['port', () => getFloat(hrd, 'port'), /not a number/], ['d', () => getList(hrd, 'd'), /a dict, not a list/],
    ['port', () => getDict(hrd, 'port'), /not a dict/], ['q', () => getStr(hrd, 'q', 'x'), /not answered/],
  ])('%s is refused with its key', (field, work, message) => {
    expect(refused(work)).toMatchObject({ status: 400, code: 'invalid_hrd_value', field, message: expect.stringMatching(message) });
  });

  test('no message repeats a secret', () => {
    expect(refused(() => getInt(hrd, 'api.token')).message).not.toContain('s3cret');
  });
});

describe('prefixes', () => {
  test('numbered values come in the order of their numbers, whole parts of keys count', () => {
    const hrd = parseHrd('p.10=c\np.2=b\np.1=a\np.x=z\npx.1=z\np.1.y=z\np=z');
    expect(listFromPrefix(hrd, 'P')).toEqual(['a', 'b', 'c']);
    expect(keysWithPrefix(hrd, 'p')).toEqual(['p.10', 'p.2', 'p.1', 'p.x', 'p.1.y', 'p']);
    expect(keysWithPrefix(hrd, 'p', 2)).toEqual(['p.10', 'p.2', 'p.1', 'p.x', 'p']);
  });

  test('items have the keys they must have, as what they are said to be', () => {
    const hrd = parseHrd("process.2=\n  name:b,\n  prio:,\n  env:'A:1,B:x',\n  log:TRUE,\n  n:[1,2],\n\nprocess.1=\n");
    expect(itemsWithPrefix(hrd, 'process', { keys: ['name', 'prio', 'env', 'log'], defaults: { prio: 10 }, ints: ['prio'], dicts: ['env'], bools: ['log'], lists: ['n'] })).toEqual([
      { name: '', prio: 10, env: {}, log: false },
      { name: 'b', prio: 10, env: { A: 1, B: 'x' }, log: true, n: ['1', '2'] },
    ]);
  });

  test('what is wrong with one is said with its key', () => {
    expect(refused(() => itemsWithPrefix(parseHrd('process.1=x'), 'process', { keys: [] }))).toMatchObject({ field: 'process.1' });
    expect(refused(() => itemsWithPrefix(parseHrd('process.1=\n  prio:high,\n'), 'process', { keys: [], ints: ['prio'] }))).toMatchObject({ field: 'process.1.prio' });
  });

  test('as data, numbered values are a list unless one is empty or the name is taken; no key reaches an object of ours', () => {
    const data = asDict(parseHrd('a.2=y\na.1=x\nb.1=\nb.2=z\nc=1\nc.1=2\n__proto__=3\nd=\n  __proto__:4,\n'));
    expect(Object.entries(data)).toEqual([['b.1', ''], ['b.2', 'z'], ['c', '1'], ['c.1', '2'], ['__proto__', '3'], ['d', JSON.parse('{"__proto__": 4}')], ['a', ['x', 'y']]]);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });
});

describe('substitute', () => {
  const values = (file: string, lookup: (key: string) => string | string[] | undefined = nothing) =>
    Object.fromEntries(substitute(parseHrd(file), lookup).items.map(({ key, value }) => [key, value]));

  test('in texts, lists and dicts, through several steps, whatever the order', () => {
    expect(values("a=$(b)/a\nb=$(C)/b\nc=root\nl=$(a),x\nd=\n  k:$(a),\n  n:[1,$(c)],\n")).toEqual({
      a: 'root/b/a', b: 'root/b', c: 'root', l: ['root/b/a', 'x'], d: [['k', 'root/b/a'], ['n', [1, 'root']]],
    });
  });

  test('a reference alone takes a list or a dict as it is; within a text it is text', () => {
    expect(values("l=p,q\nd=x:1\na=$(l)\nb=$(d)\nc='$(l)!'\nin=$(l),r\npair=k:$(l)\nempty=\ne=[$(empty)]")).toMatchObject({
      a: ['p', 'q'], b: [['x', '1']], c: 'p,q!', in: ['p', 'q', 'r'], pair: [['k', ['p', 'q']]], e: '[]',
    });
  });

  test('what the file does not have is looked up and inserted as it is; what nobody knows stays', () => {
    expect(values('a=$(system.paths.base)/x$(y)\nb=1\nc=$(l)', (key) => ({ 'system.paths.base': '/srv/$(b)', b: 'never', l: ['m'] })[key]))
      .toEqual({ a: '/srv/$(b)/x$(y)', b: '1', c: ['m'] });
  });

  test('references in a circle, and into one, stay text', () => {
    expect(values('a=$(b)$(e)\nb=$(a)\nc=$(c)\nd=$(a)/$(e)\ne=5')).toEqual({ a: '$(b)5', b: '$(a)', c: '$(c)', d: '$(a)/5', e: '5' });
  });

  test('values that double with each step are stopped', () => {
    const bomb = ['a0=xxxxxxxx', ...Array.from({ length: 40 }, (_, i) => `a${i + 1}=$(a${i})$(a${i})`)].join('\n');
    expect(refused(() => values(bomb))).toMatchObject({ status: 413, code: 'hrd_too_long' });
  });

  test('a chain of fifty thousand is followed to its end', () => {
    const chain = [...Array.from({ length: 50_000 }, (_, i) => `a${i}=$(a${i + 1})`), 'a50000=z'].join('\n');
    expect(new Set(Object.values(values(chain)))).toEqual(new Set(['z']));
  });

  test('a question, its text and binary values are not touched, and never inserted', () => {
    expect(values('a=@ASK default:$(b)\nb=1\nc=$(a)$(d)\nd=b\n$(b)\n#BINARYEND#########')).toMatchObject({ a: { type: 'str', default: '$(b)' }, c: '$(a)$(d)', d: '$(b)' });
  });
});
