import { getList, getStr } from '../../model/hrd/get';
import { findItem } from '../../model/hrd/hrd';
import { mergeInstanceHrd, type InstanceParts } from '../../model/hrd/merge';
import { parseHrd } from '../../model/hrd/parse';
import { substitute } from '../../model/hrd/substitute';
import { writeHrd } from '../../model/hrd/write';
import { refused } from '../support/refused';

const merge = (instance: string, args: InstanceParts['args'] = {}, more: Partial<InstanceParts> & { service?: string } = {}) =>
  mergeInstanceHrd({
    template: parseHrd(more.service ?? ''), instance: parseHrd(instance), args, checksum: 'c7358b6d', identity: { domain: 'jumpscale', name: 'redis', instance: 'main' }, ...more,
  });

const answer = (ask: string, given: unknown) => getStr(merge(`x=@ASK ${ask}`, { x: given }).hrd, 'instance.x');

test('a template, its questions and who it is become one file in the order of its keys (A-6)', () => {
  const { hrd, missing } = merge('#the port\nparam.port=@ASK type:int default:9999\nparam.disk=0\n', { 'instance.param.port': 7000, 'param.more': ['a', 'b'] }, {
    service: "category=\n  database,\n\nprocess.1=\n    cmd:'redis-server',\n    ports:'$(instance.param.port)',\n    cwd:$(base),\n\nbase='$(system.paths.base)/redis'\n",
    producers: { node: 'host1' },
  });
  expect(missing).toEqual([]);
  const column = (key: string) => `${key.padEnd(30)} =`;
  expect(writeHrd(hrd, { sorted: true })).toBe(`${[
    `${column('instance.param.disk')} '0'`,
    `${column('instance.param.more')}\n    'a',\n    'b',`,
    `#the port\n${column('instance.param.port')} '7000'`,
    `${column('producer.node')} 'host1'`,
    `${column('service.base')} '$(system.paths.base)/redis'`,
    `${column('service.category')}\n    'database',`,
    `${column('service.domain')} 'jumpscale'`,
    `${column('service.installed.checksum')} 'c7358b6d'`,
    `${column('service.instance')} 'main'`,
    `${column('service.name')} 'redis'`,
    `${column('service.process.1')}\n    cmd:'redis-server',\n    ports:'$(instance.param.port)',\n    cwd:'$(service.base)',`,
  ].join('\n\n')}\n`);
  expect(writeHrd(hrd)).toBe(writeHrd(hrd, { sorted: true }));
  expect(getStr(substitute(hrd, (key) => (key === 'system.paths.base' ? '/srv' : undefined)), 'service.process.1')).toBe('cmd:redis-server,ports:7000,cwd:/srv/redis');
});

test('AT3: an argument that no question asks for is in the first line', () => {
  expect(writeHrd(merge('', { 'param.test': 'test' }).hrd).split('\n')[0]).toBe(`${'instance.param.test'.padEnd(30)} = 'test'`);
});

test('what nobody answered is listed and stays a question', () => {
  const { hrd, missing } = merge("a=@ASK name:Bee type:int descr:'how__many' minValue:1 maxValue:9 regex:'\\d'\nb=@ASK\nc=@ASK default:''\nd=@ASK type:int default:4\n");
  expect(missing).toEqual([
    { name: 'Bee', key: 'instance.a', type: 'int', descr: 'how many', minValue: 1, maxValue: 9, regex: '\\d' },
    { name: 'b', key: 'instance.b', type: 'str' },
  ]);
  expect(['instance.a', 'instance.b', 'instance.c', 'instance.d'].map((key) => findItem(hrd, key)?.type)).toEqual(['ask', 'ask', 'unknown', 'base']);
});

test('a seed file is stronger than an argument, an argument than a default; the longer key than the shorter (A-7)', () => {
  const { hrd } = merge('a=@ASK default:1\nb=@ASK default:1\nc=@ASK default:1\nd=1\ne=@ASK name:eee default:1\n', { a: 2, b: 2, 'instance.b': 3, EEE: 4, d: 5 }, {
    seed: parseHrd('jumpscale.redis.main.a=6\njumpscale.redis.other.b=7\njumpscale.redis.main.list=x,y\n'),
  });
  expect(['a', 'b', 'c', 'd', 'e'].map((key) => getStr(hrd, `instance.${key}`))).toEqual(['6', '3', '1', '5', '4']);
  expect(getList(hrd, 'instance.list')).toEqual(['x', 'y']);
  expect(findItem(hrd, 'instance.eee')).toBeUndefined();
});

test('nobody but the grid says who an instance is, and what its recipe runs', () => {
  const { hrd } = merge('', {}, { service: "name='evil'\ndomain='evil'\ninstalled.checksum='evil'\n" });
  expect(getStr(hrd, 'service.name')).toBe('redis');
  expect(writeHrd(hrd)).not.toContain('evil');
  for (const key of ['service.process.1', 'producer.node', ' Service.name']) expect(refused(() => merge('', { [key]: 'x' }))).toMatchObject({ status: 400, code: 'invalid_hrd_value' });
  for (const key of ['a\nservice.x', 'a=b', '', 'instance.', '@a', 'a#']) expect(refused(() => merge('', { [key]: 'x' })).message).toMatch(/is not a key/);
});

test.each<[string, unknown, string]>([
  ['', 'a: b, c', 'a: b, c'], ['', 5, '5'], ['', true, 'true'], ['type:password', 'x', 'x'], ['type:multiline', 'a\nb', 'a\nb'],
  ['type:int', ' 7 ', '7'], ['type:int minValue:1 maxValue:9', 9, '9'], ['type:float', '1.50', '1.50'], ['type:float minValue:-1', -0.5, '-0.5'],
  ['type:bool', true, '1'], ['type:bool', 'No', '0'], ['type:dropdown dropdownvals:1,2', 2, '2'], ['type:list', 'a, b', 'a,b'], ['type:list', ['a,b'], 'a,b'],
  ['type:dict', 'a:1,b:2', 'a:1,b:2'], ['type:dict', { a: 1, b: [1, 2] }, 'a:1,b:[1,2]'], ["regex:'[a-z]+'", 'abc', 'abc'],
])('the answer to @ASK %s can be %j', (ask, given, expected) => {
  expect(answer(ask, given)).toBe(expected);
});

test.each<[string, unknown, RegExp]>([
  ['type:int', '1.5', /is not a whole number/], ['type:int', '', /whole number/], ['type:int minValue:1 maxValue:9', '10', /"10" is not a whole number from 1 to 9/], ['type:int minValue:1', 0, /from 1/],
  ['type:float', 'x', /is not a number/], ['type:bool', 'maybe', /true or false/], ['type:dropdown dropdownvals:1,2', '3', /one of 1, 2/], ['type:dict', 'a', /dict/],
  ["regex:'[a-z]+'", 'ab1', /of the form/], ["regex:'(?=x)'", 'x', /regex/], ['', { a: 1 }, /is a map/], ['', null, /is null/], ['', Number.NaN, /wanted is a text/], ['type:list', [{}], /is a map/],
  ["regex:'a*'", 'a'.repeat(10_001), /longer than/],
])('the answer to @ASK %s cannot be %j', (ask, given, message) => {
  const said = refused(() => answer(ask, given));
  expect(said).toMatchObject({ status: 400, code: 'invalid_hrd_value' });
  expect(said.field).toMatch(/^instance\.x/);
  expect(said.message).toMatch(message);
});

test('everything wrong with the answers is said at once, and no secret with it', () => {
  const said = refused(() => merge("a=@ASK type:int\npin=@ASK type:password regex:'\\d+'\nl=x,y\nd=k:1\nbad=@ASK type:int default:often\n", { a: 'x', pin: 'hunter2', d: 'z', l: { q: 1 } }));
  expect(said.problems?.map(({ field }) => field)).toEqual(['instance.a', 'instance.pin', 'instance.l', 'instance.d', 'instance.bad']);
  expect(said.problems?.every(({ message }) => message !== '')).toBe(true);
  expect(JSON.stringify(said)).not.toContain('hunter2');
});

test('an argument for what is a list or a dict in the template becomes one', () => {
  const { hrd } = merge('l=x,y\nd=k:1\n', { l: 'p,q', d: 'k:2' });
  expect([findItem(hrd, 'instance.l')?.value, findItem(hrd, 'instance.d')?.value]).toEqual([['p', 'q'], [['k', '2']]]);
});
