import fc from 'fast-check';
import { producerOf } from '../../model/environment/consume';
import type { Environment, Template } from '../../model/environment/environment';
import { compareModel } from '../../model/environment/compare';
import { filesOf } from '../../model/environment/files_of';
import { findServices, getService } from '../../model/environment/find_services';
import { keyOf, pathOf, tripleOf } from '../../model/environment/identity';
import { mergeResults } from '../../model/environment/merge_results';
import { newModelled, objectionTo } from '../../model/environment/modelled_instance';
import { orderOf, reversed } from '../../model/environment/order';
import type { Order } from '../../model/environment/orders';
import { planInstall, type InstallRequest } from '../../model/environment/plan_install';
import { planRun } from '../../model/environment/plan_run';
import type { RunVerb } from '../../model/environment/run';
import { planReset } from '../../model/environment/plan_reset';
import { parseHrd } from '../../model/hrd/parse';
import { writeHrd } from '../../model/hrd/write';
import { refused } from '../support/refused';

const template = (name: string, service = '', instance = '', domain = 'jumpscale'): Template => ({
  domain, name, from: 'the test', checksum: `of ${name}`, service: parseHrd(service), instance: parseHrd(instance),
  files: { 'service.hrd': service, 'instance.hrd': instance, 'actions.sh': 'case $1 in start) ;; esac' },
});
const needs = (...names: string[]) => names.map((name, i) => `dependencies.${i + 1} =\n    name:'${name}',\n`).join('\n');

const NODE = 'category = node\n\noffers = execute, upload, download\n';
const TEMPLATES = [
  template('test', needs('test2', 'test3')), template('test2', needs('test4')), template('test3'), template('test4'), template('test5'),
  template('test6', '', 'param.test = @ASK'), template('n.ssh', NODE), template('n.docker', NODE), template('broken.node', 'category = node'),
  template('location', 'category = location'), template('db', 'category = database\n\noffers = connection\n'), template('sshkey'), template('circle', needs('circle2')), template('circle2', needs('circle')),
];

const EMPTY: Environment = new Map();
const install = (environment: Environment, name: string, more: Partial<InstallRequest> = {}) => planInstall(environment, TEMPLATES, { name, data: {}, consume: [], ...more });
const installed = (...wanted: [string, Partial<InstallRequest>?][]) => wanted.reduce((world, [name, more]) => install(world, name, more).environment, EMPTY);
const at = (name: string, instance = 'main') => `jumpscale__${name}__${instance}`;

test('AT1: what a service depends on is made with it, dependencies first, and nothing else is', () => {
  const plan = install(EMPTY, 'test');
  expect(plan.written.map(({ path }) => path)).toEqual([at('test4'), at('test2'), at('test3'), at('test')]);
  expect(plan.order).toEqual([
    { path: at('test4'), after: [] }, { path: at('test2'), after: [at('test4')] }, { path: at('test3'), after: [] }, { path: at('test'), after: [at('test2'), at('test3')] },
  ]);
  expect(Object.keys(plan.written[0]!.files)).toEqual(['actions.sh']);
  expect(install(EMPTY, 'test', { single: true }).written.map(({ path }) => path)).toEqual([at('test')]);
});

test('AT3: a value that was given is the first line of its file; one that was not is asked for by name', () => {
  const [made] = install(EMPTY, 'test6', { data: { 'param.test': 'test' } }).written;
  expect(writeHrd(made!.hrd, { sorted: true }).split('\n')[0]).toMatch(/^instance\.param\.test +=\s'test'$/);
  expect(refused(() => install(EMPTY, 'test6'))).toMatchObject({ status: 400, code: 'missing_value', field: 'instance.param.test', message: expect.stringContaining(at('test6')) });
});

test('an install that changes nothing writes nothing; one with another value writes the one file (A-16)', () => {
  const world = installed(['test6', { data: { 'param.test': 'a' } }]);
  expect(install(world, 'test6').written).toEqual([]);
  expect(install(world, 'test6', { data: { 'instance.param.test': 'a' } }).written).toEqual([]);
  expect(install(world, 'test6', { data: { 'param.test': 'b' } }).written.map(({ path }) => path)).toEqual([at('test6')]);
});

test('values of the named service reach none of its dependencies (A-7)', () => {
  const { environment } = install(EMPTY, 'test', { data: { 'param.x': '1' } });
  expect([...environment.values()].filter(({ hrd }) => hrd.items.some((item) => item.key === 'instance.param.x')).map(({ path }) => path)).toEqual([at('test')]);
});

test('AT8: the same triple stands under two parents; filters find it by part, and a key leads back to its path', () => {
  const world = installed(['location', { instance: 'eu' }], ['location', { instance: 'us' }], ['sshkey', { parent: at('location', 'eu') }], ['sshkey', { parent: at('location', 'us') }]);
  expect(findServices(world, { name: 'sshkey' })).toHaveLength(2);
  expect(findServices(world, { parent: at('location', 'us') }).map(({ path }) => path)).toEqual([`${at('location', 'us')}/${at('sshkey')}`]);
  expect(findServices(world, { immediate: true }).map(({ name }) => name)).toEqual(['location', 'location']);
  expect(refused(() => getService(world, { name: 'sshkey' }))).toMatchObject({ status: 409, message: expect.stringContaining('be more precise') });
  expect(refused(() => getService(world, { name: 'redis' }))).toMatchObject({ status: 404, message: expect.stringContaining('cannot find service') });
  const part = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]|_[a-z0-9]){0,8}$/);
  fc.assert(fc.property(fc.array(fc.tuple(part, part, part), { minLength: 1, maxLength: 4 }), (triples) => {
    const path = triples.map((triple) => triple.join('__')).join('/');
    expect(pathOf(keyOf(path))).toBe(path);
    const { domain, name, instance } = tripleOf(path);
    expect([domain, name, instance]).toEqual(triples.at(-1));
  }));
  expect(refused(() => pathOf('jumpscale__redis')).message).toMatch(/Should be domain__name__instance/);
});

test('a dependency lands on the node of its dependent, and two producers of one category take each other’s place', () => {
  const world = installed(['n.ssh', { instance: 'n1' }], ['n.docker', { instance: 'n2' }]);
  const on = (environment: Environment, instance: string) => install(environment, 'test', { consume: [{ category: 'node', producer: instance }] });
  const first = on(world, 'n1');
  const producer = (environment: Environment, name: string) => getService(environment, { name }).hrd.items.find((item) => item.key === 'producer.node')?.value;
  expect(['test', 'test2', 'test4'].map((name) => producer(first.environment, name))).toEqual(['n1', 'n1', 'n1']);
  expect(first.order.find(({ path }) => path === at('test4'))!.after).toEqual([]);
  const second = on(first.environment, 'n2');
  expect(second.written.map(({ path }) => path)).toEqual([at('test')]);
  expect(producer(second.environment, 'test')).toBe('n2');
});

test('a producer that is not there, one of two, and one that does not offer what its category has to', () => {
  const world = installed(['n.ssh', { instance: 'n1' }], ['n.docker', { instance: 'n1' }], ['broken.node', { instance: 'n3' }]);
  const consume = (producer: string, category = 'node') => refused(() => producerOf(world, { category, producer }));
  expect(consume('n9')).toMatchObject({ status: 404, message: 'Could not find producer:node for instance:n9' });
  expect(consume('n1')).toMatchObject({ status: 409, code: 'ambiguous_producer' });
  expect(producerOf(world, { category: 'node', producer: at('n.ssh', 'n1') }).name).toBe('n.ssh');
  expect(consume('n3')).toMatchObject({ code: 'operations_missing', message: expect.stringContaining('execute, upload, download') });
  expect(install(world, 'test5', { consume: [{ category: 'node', producer: 'n1' }], targetType: 'n.ssh' }).written[0]!.hrd.items.find((item) => item.key === 'producer.node')?.value).toBe(at('n.ssh', 'n1'));
});

test('a circle of dependencies is named', () => {
  expect(refused(() => install(EMPTY, 'circle'))).toMatchObject({ code: 'cycle', message: expect.stringContaining(`${at('circle')} → ${at('circle2')} → ${at('circle')}`) });
});

test('templates: none, and several of one name', () => {
  expect(refused(() => install(EMPTY, 'nothing'))).toMatchObject({ status: 404, code: 'template_not_found', fix: expect.stringContaining('jumpscale__test') });
  const two = [...TEMPLATES, template('test5', '', '', 'other')];
  expect(refused(() => planInstall(EMPTY, two, { name: 'test5', data: {}, consume: [] }))).toMatchObject({ status: 409, message: expect.stringContaining('Be more precise please') });
  expect(planInstall(EMPTY, two, { name: 'test5', domain: 'other', data: {}, consume: [] }).named).toBe('other__test5__main');
});

test('what is asked for as a password is never written plainly, also where the template brings it (A-36)', () => {
  const templates = [template('vault', '', 'param.password = @ASK type:password'), template('leaky', '', "param.password = @ASK type:password default:'hunter2'")];
  const given = (name: string, data: Record<string, unknown> = {}) => planInstall(EMPTY, templates, { name, data, consume: [] });
  for (const refusal of [refused(() => given('vault', { 'param.password': 'hunter2' })), refused(() => given('leaky'))]) {
    expect(refusal).toMatchObject({ status: 400, code: 'secret_in_model', field: 'instance.param.password' });
    expect(JSON.stringify(refusal)).not.toContain('hunter2');
  }
  for (const reference of ['file:/run/password', 'env:PASSWORD']) expect(writeHrd(given('vault', { 'param.password': reference }).written[0]!.hrd)).toContain(reference);
});

test('AT10: a reset keeps what another service needs and takes it when its last user goes', () => {
  const world = installed(['test'], ['test2', { instance: 'second' }]);
  const plan = planReset(world, [at('test')]);
  expect(plan.goes.map(({ path }) => path)).toEqual([at('test'), at('test3'), at('test2')]);
  expect(plan.stays).toEqual([{ path: at('test4'), because: [at('test2', 'second')] }]);
  const rest = new Map([...world].filter(([path]) => !plan.goes.some((one) => one.path === path)));
  expect(planReset(rest, [at('test2', 'second')]).goes.map(({ path }) => path)).toEqual([at('test2', 'second'), at('test4')]);
  expect(refused(() => planReset(world, [at('test4')]))).toMatchObject({ status: 409, code: 'still_needed' });
});

test('force takes what others need, and they go on as far as they can; a node that services are on stays', () => {
  const world = install(installed(['n.ssh', { instance: 'n1' }], ['test'], ['db']), 'test5', { consume: [{ category: 'node', producer: 'n1' }, { category: 'database', producer: 'main' }] }).environment;
  const without = (...paths: string[]) => new Map([...world].filter(([path]) => !paths.includes(path)));
  const plan = (on: Environment, verb: RunVerb, name: string, force = false) => planRun(on, TEMPLATES, { verb, actor: 'test', selection: { name }, force }, () => '');
  expect(refused(() => plan(world, 'reset', 'n.ssh', true))).toMatchObject({ status: 409, code: 'still_needed', message: `services are on nodes that would go: ${at('test5')} on ${at('n.ssh', 'n1')}` });
  expect(plan(world, 'reset', 'test4', true).removed).toEqual([at('test4')]);
  expect(plan(without(at('test4')), 'restart', 'test').tasks.map(({ path }) => path)).toEqual([at('test')]);
  expect(plan(without(at('test4')), 'install', 'test').written.map(({ path }) => path)).toEqual([at('test4')]);
  expect(plan(world, 'reset', 'db', true).removed).toEqual([at('db')]);
  // Whose link leads nowhere is named, can be stopped and taken away, and is mended by another producer, or the same.
  const dangling = without(at('db'), at('n.ssh', 'n1'));
  expect(refused(() => compareModel(dangling, [{ path: at('test5'), checksum: '', wanted: 'running' }], (on, service) => JSON.stringify(filesOf(on, service))))).toMatchObject({ status: 404, code: 'no_producer', message: expect.stringContaining(`${at('test5')}: Could not find producer:`) });
  for (const verb of ['stop', 'reset'] as const) expect(plan(dangling, verb, 'test5').tasks.map(({ path, node }) => [path, node])).toEqual([[at('test5'), null]]);
  expect(plan(dangling, 'reset', 'test5').released).toEqual([]);
  expect(plan(install(without(at('db')), 'db').environment, 'install', 'test5').tasks.map(({ path }) => path)).toEqual([at('test5')]);
});

test('what services answer is one answer: texts follow one another, lists are united, dicts filled up, yes needs all, numbers added (A-22)', () => {
  expect(mergeResults(['a', undefined, 'b'])).toBe('ab');
  expect(mergeResults([[1, { x: 1 }], [{ x: 1 }, 2]])).toEqual([1, { x: 1 }, 2]);
  expect(mergeResults([{ a: 1, b: 1 }, { b: 2 }])).toEqual({ a: 1, b: 2 });
  expect(mergeResults([true, false, true])).toBe(false);
  expect(mergeResults([1, 2, 3])).toBe(6);
  expect(mergeResults(['a', { b: 1 }])).toEqual({ b: 1 });
  expect(mergeResults([])).toBeUndefined();
});

test('arguments of a dependency are a dict of its dependent, and a domain that is given counts (A-20, §5.8 g)', () => {
  const templates = [
    template('app', "dependencies.1 =\n    name:'db',\n    domain:'other',\n    args:'forthedb',\n\nforthedb =\n    param.port:'7',\n\ndependencies.2 =\n    name:'tool',\n    type:'build',\n"),
    template('db', '', 'param.port = 1\n'), template('db', '', 'param.port = 1\n', 'other'), template('tool'),
  ];
  const { environment, written } = planInstall(EMPTY, templates, { name: 'app', data: {}, consume: [] });
  expect(written.map(({ path }) => path)).toEqual(['other__db__main', at('app')]);
  expect(environment.get('other__db__main')!.hrd.items.find(({ key }) => key === 'instance.param.port')).toMatchObject({ value: '7' });
});

test('whatever needs whatever: each service comes after all it needs, and before it the other way round', () => {
  const count = 12;
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 40 }), fc.subarray(Array.from({ length: count }, (_, i) => i)), (pairs, some) => {
    const edges = pairs.filter(([from, to]) => from > to);
    const templates = Array.from({ length: count }, (_, i) => template(`s${i}`, needs(...new Set(edges.filter(([from]) => from === i).map(([, to]) => `s${to}`)))));
    const world = templates.reduce<Environment>((known, { name }) => planInstall(known, templates, { name, data: {}, consume: [] }).environment, EMPTY);
    const order = orderOf(world, some.map((i) => at(`s${i}`)));
    expect(order.map(({ path }) => path).sort()).toEqual(some.map((i) => at(`s${i}`)).sort());
    const place = new Map(order.map(({ path }, i) => [path, i]));
    for (const { path, after } of order) for (const one of after) expect(place.get(one)!).toBeLessThan(place.get(path)!);
    const back = reversed(order);
    const backwards = new Map(back.map(({ path }, i) => [path, i]));
    for (const { path, after } of back) for (const one of after) expect(backwards.get(one)!).toBeLessThan(backwards.get(path)!);
  }), { numRuns: 50 });
});

test('what is not installed can be installed, built, taken away; a build takes nothing from where it is (A-15)', () => {
  const order = (verb: Order['verb'], agent = 1): Order => ({ id: 'run/a#0', run: 'run/a', verb, agent });
  const unmade = newModelled({ path: at('test'), order: order('install') }, '2026-01-01T00:00:00Z');
  for (const verb of ['install', 'build', 'remove', 'adopt', 'stop'] as const) expect(objectionTo(unmade, order(verb))).toBeUndefined();
  for (const verb of ['start', 'restart', 'act'] as const) expect(objectionTo(unmade, order(verb))).toMatchObject({ status: 409, code: 'not_installed' });
  const made = { ...unmade, agent: 1, making: { generation: 1, recipe: { name: 'test', checksum: 'x' }, files: {} } };
  expect(objectionTo(made, order('build'))).toBeUndefined();
  expect(objectionTo(made, order('build', 2))).toMatchObject({ status: 409, code: 'is_elsewhere' });
  expect(objectionTo(made, order('install', 2))).toBeUndefined();
});
