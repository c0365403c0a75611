import { asDict } from '../../model/hrd/as_dict';
import { getBool, getDict, getFloat, getInt, getList, getStr } from '../../model/hrd/get';
import type { Hrd } from '../../model/hrd/hrd';
import { mergeInstanceHrd } from '../../model/hrd/merge';
import { parseHrd } from '../../model/hrd/parse';
import { dictFromPrefix, itemsWithPrefix, keysWithPrefix, listFromPrefix } from '../../model/hrd/prefix';
import { substitute } from '../../model/hrd/substitute';
import { writeHrd } from '../../model/hrd/write';
import { ASKED, OBSERVED, REFERENCES } from './fixtures/hrd_observed';

const read = ({ items }: Hrd) => Object.fromEntries(items.map(({ key, type, value }) => [key, [type, value]]));

const observed = (name: string) => parseHrd(OBSERVED.find((one) => one.name === name)!.file);

describe.each(OBSERVED)('observed: $name', ({ file, reads, writes }) => {
  test('reads as observed, in the order of the file', () => {
    const hrd = parseHrd(file);
    expect(read(hrd)).toEqual(reads);
    expect(hrd.items.map((item) => item.key)).toEqual(Object.keys(reads));
  });

  test('is written as observed', () => {
    expect(writeHrd(parseHrd(file), { sorted: true })).toBe(writes);
  });
});

test('observed: references', () => {
  const hrd = substitute(parseHrd(REFERENCES.file), () => undefined);
  expect(read(hrd)).toEqual(REFERENCES.reads);
  expect(writeHrd(hrd, { sorted: true })).toBe(REFERENCES.writes);
});

test('observed: questions, their answers and defaults', () => {
  const ask = (args: Record<string, unknown>) =>
    mergeInstanceHrd({ template: { items: [], comments: [] }, instance: parseHrd(ASKED.file), args, identity: { domain: 'd', name: 'n', instance: 'i' }, checksum: '' });
  const { hrd, missing } = ask(ASKED.answers);
  const values = (of: Hrd, prefix = '') => Object.fromEntries(Object.keys(ASKED.becomes).map((key) => [key, getStr(of, prefix + key)]));
  expect(missing).toEqual([]);
  expect(values(hrd, 'instance.')).toEqual(ASKED.becomes);
  expect(values(parseHrd(ASKED.writes))).toEqual(ASKED.becomes);
  expect(ask({}).missing.map(({ name }) => name)).toEqual(['a', 'c', 'd']);
});

describe('observed: getters', () => {
  test('scalars', () => {
    const hrd = observed('scalars');
    expect([getInt(hrd, 'a'), getFloat(hrd, 'b'), getBool(hrd, 'c'), getStr(hrd, 'h'), getList(hrd, 'e'), getInt(hrd, 'h'), getStr(hrd, 'f')])
      .toEqual([1, 1.5, true, '123', ['plain text'], 123, '']);
  });

  test('lists and dicts', () => {
    const inline = observed('lists and dicts on one line');
    expect([getList(inline, 'l1'), getDict(inline, 'd1')]).toEqual([['a', 'b', 'c'], { x: 1, y: 2 }]);
    const block = observed('values over several lines');
    expect([getList(block, 'l'), getDict(block, 'd')]).toEqual([['a b', 'c'], { k1: 'v1', k2: 'v 2', k3: '', n: 5 }]);
  });

  test('prefixes', () => {
    const hrd = observed('keys below a prefix');
    const [first, second] = [{ cmd: 'a b', ports: '80;81' }, { cmd: 'c', ports: '' }];
    expect(dictFromPrefix(hrd, 'process')).toEqual({ 1: first, 2: second });
    expect(keysWithPrefix(hrd, 'process')).toEqual(['process.1', 'process.2']);
    expect(keysWithPrefix(hrd, 'process', 1)).toEqual(['process']);
    expect(listFromPrefix(hrd, 'process')).toEqual([first, second]);
    expect(asDict(hrd)).toEqual({ 'env.process.1': '', process: [first, second] });
    expect(itemsWithPrefix(hrd, 'process', { keys: ['cmd', 'args', 'prio', 'ports'], defaults: { prio: 10 }, lists: ['ports'], ints: ['prio'] }))
      .toEqual([{ cmd: 'a b', ports: ['80;81'], args: '', prio: 10 }, { cmd: 'c', ports: [], args: '', prio: 10 }]);
  });
});
