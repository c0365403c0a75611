import fc from 'fast-check';
import { producerOf } from '../../model/environment/consume';
import type { Environment, Template } from '../../model/environment/environment';
import { findServices, getService } from '../../model/environment/find_services';
import { keyOf, pathOf, tripleOf } from '../../model/environment/identity';
import { orderOf, reversed } from '../../model/environment/order';
import { planInstall, type InstallRequest } from '../../model/environment/plan_install';
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
  template('location', 'category = location'), template('sshkey'), template('circle', needs('circle2')), template('circle2', needs('circle')),
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

test('AT10: a reset keeps what another service needs and takes it when its last user goes', () => {
  const world = installed(['test'], ['test2', { instance: 'second' }]);
  const plan = planReset(world, [at('test')]);
  expect(plan.goes.map(({ path }) => path)).toEqual([at('test'), at('test3'), at('test2')]);
  expect(plan.stays).toEqual([{ path: at('test4'), because: [at('test2', 'second')] }]);
  const rest = new Map([...world].filter(([path]) => !plan.goes.some((one) => one.path === path)));
  expect(planReset(rest, [at('test2', 'second')]).goes.map(({ path }) => path)).toEqual([at('test2', 'second'), at('test4')]);
  expect(refused(() => planReset(world, [at('test4')]))).toMatchObject({ status: 409, code: 'still_needed' });
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
