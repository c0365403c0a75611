import fc from 'fast-check';
import { isProblem, type Problem } from '../../model/errors';
import { compareValues } from '../../model/services/compare';
import { readPut } from '../../model/services/read_put';
import { readTask } from '../../model/services/read_task';
import { idPath, lifecycleOf, pathOf, pathOfLifecycle, subjectOf, type Subject } from '../../model/services/seed_ids';

const NOW = 1_700_000_000_000;
const PLANNER = 'http://localhost/services/deployment_planner/';
const routing = { producer_timestamp: 1359883165467, producer_id: 'http://localhost/webui/', consumer_id: PLANNER };

/** The request of the seed. */
const install = {
  task: 'install_service_task', display_name: 'tomcat', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1,
  service_id: 'http://localhost/services/tomcat/', routing,
};
const rule = (scaling_rule: object) => ({ task: 'scaling_rules_task', service_id: '/services/tomcat/', scaling_rule, routing: { ...routing, consumer_id: '/services/capacity_planner/' } });
const property = (more: object = {}) => ({
  task: 'set_instance_property_task', property_name: 'hello', property_value: 'world',
  routing: { producer_id: '/webui/', consumer_id: '/agents/0/', state_id: '/services/tomcat/instances/0/' }, ...more,
});
const planner = (task: string, fields: object) => ({ task, service_id: '/services/tomcat', ...fields, routing });

function refusal(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (isProblem(error)) return error;
    throw error;
  }
  throw new Error('it was taken');
}
const refused = (posted: object) => refusal(() => readTask(posted as Record<string, unknown>, NOW));

test('the request of the seed is read as it stands, ids as paths, state_id as its consumer', () => {
  expect(readTask(install, NOW)).toEqual({
    task: 'install_service_task', display_name: 'tomcat', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1, service_id: '/services/tomcat/',
    routing: { producer_timestamp: 1359883165467, producer_id: '/webui/', consumer_id: '/services/deployment_planner/', state_id: '/services/deployment_planner/' },
  });
});

test('routing may stand flat beside the fields, nested, or half and half, and its time may be left out', () => {
  const { routing: r, ...fields } = install;
  const { producer_timestamp, ...untimed } = r;
  const whole = readTask(install, NOW);
  expect(readTask({ ...fields, ...r }, NOW)).toEqual(whole);
  expect(readTask({ ...fields, producer_timestamp, routing: untimed }, NOW)).toEqual(whole);
  expect(readTask({ ...fields, routing: untimed }, NOW).routing.producer_timestamp).toBe(NOW);
});

test('ids are matched on their path only, with the slash that is missing at their end', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,12}$/);
  const subject: fc.Arbitrary<Subject> = fc.oneof(
    fc.record({ kind: fc.constant('service' as const), service: name }), fc.record({ kind: fc.constant('instance' as const), service: name, instance: fc.nat(999) }),
    fc.record({ kind: fc.constant('agent' as const), agent: fc.nat(999) }), fc.constantFrom<Subject>({ kind: 'planner' }, { kind: 'capacity' }, { kind: 'orchestrator' }, { kind: 'provisioner' }),
  );
  fc.assert(fc.property(subject, fc.webAuthority(), fc.constantFrom('http', 'https'), (one, host, scheme) => {
    fc.pre(!('service' in one) || subjectOf(`/services/${one.service}/`)?.kind === 'service');
    const path = pathOf(one);
    expect(subjectOf(path)).toEqual(one);
    for (const text of [path, path.slice(0, -1), `${scheme}://${host}${path}`]) expect(idPath(text)).toBe(path);
    if (['service', 'instance', 'agent'].includes(one.kind)) expect(pathOfLifecycle(lifecycleOf(one))).toBe(path);
  }));
  expect(idPath('http://localhost/services/tomcat/_tasks_history')).toBe('/services/tomcat/_tasks_history');
  for (const text of ['tomcat', '', 'http://localhost', '/a b/', '/services/x/?a=1']) expect(idPath(text)).toBeUndefined();
  for (const path of ['/services/', '/services/tasks/', '/agents/01/', '/agents/x/', '/services/tomcat/instances/', '/services/a/b/0/', '/services/..%2f/', '/webui/']) expect(subjectOf(path)).toBeUndefined();
});

test('the service_id of an install must end with a slash, that of other tasks gets it', () => {
  expect(refused({ ...install, service_id: 'http://localhost/services/tomcat' })).toMatchObject({ status: 400, message: expect.stringMatching(/http:\/\/localhost\/services\/tomcat must end with \/$/), field: 'service_id' });
  expect(readTask(planner('uninstall_service_task', {}), NOW).service_id).toBe('/services/tomcat/');
});

test.each([
  [{ planned_number_of_instances: 3 }, 'Cannot scale above max number of instances 2'],
  [{ planned_number_of_instances: 0 }, 'Cannot scale below min number of instances 1'],
])('an install that contradicts itself is refused in the words of the original: %j', (change, message) => {
  expect(refused({ ...install, ...change })).toMatchObject({ status: 400, message });
});

test('min 0 is fine, and nothing planned as well', () => {
  expect(readTask({ ...install, planned_number_of_instances: 0, min_number_of_instances: 0 }, NOW).planned_number_of_instances).toBe(0);
});

test.each([[-1], [1.5], ['1'], [null], [undefined], [true], [[1]], [1e9]])('%j is no number of instances', (n) => {
  expect(refused({ ...install, planned_number_of_instances: n })).toMatchObject({ status: 400, field: 'planned_number_of_instances' });
});

test('one answer names everything that is wrong', () => {
  const { problems } = refused({ task: 'install_service_task', service_id: 7, planned_number_of_instances: -1, max: 2, routing: { state_id: 4 } });
  expect(problems!.map((p) => p.field)).toEqual([
    'routing.consumer_id', 'routing.producer_id', 'routing.state_id', 'display_name', 'planned_number_of_instances', 'max_number_of_instances', 'min_number_of_instances', 'service_id', 'max',
  ]);
});

test.each([
  ['no task', { routing }, 400, 'invalid_task'],
  ['a task nobody knows', { task: 'install_servce_task', routing }, 400, 'unknown_task'],
  ['a task of the grid itself', { task: 'start_machine_task', routing }, 400, 'internal_task'],
  ['routing that is no object', { ...install, routing: 'x' }, 400, 'invalid_task'],
  ['a consumer that cannot be', { ...install, routing: { ...routing, consumer_id: 'http://localhost/webui/' } }, 404, 'unknown_consumer'],
  ['the wrong consumer', { ...install, routing: { ...routing, consumer_id: '/services/orchestrator/' } }, 400, 'wrong_route'],
  ['the state of another', { ...install, routing: { ...routing, state_id: '/services/tomcat/' } }, 400, 'wrong_route'],
  ['a rule for the deployment planner', { ...rule({ property_name: 'p', high_threshold: 2, low_threshold: 1 }), routing }, 400, 'wrong_route'],
  ['a property for a planner', { ...property(), routing: { ...routing, state_id: '/services/tomcat/instances/0/' } }, 400, 'wrong_route'],
  ['a property of an agent', property({ routing: { producer_id: '/webui/', consumer_id: '/agents/0/' } }), 400, 'wrong_route'],
  ['a misspelt field', { ...install, max_number_of_instanses: 4 }, 400, 'unknown_field'],
  ['a name of the grid itself', { ...install, service_id: '/services/orchestrator/' }, 400, 'invalid_task'],
  ['an instance as a service', planner('scale_service_task', { service_id: '/services/tomcat/instances/0/', planned_number_of_instances: 1 }), 400, 'invalid_task'],
])('%s is refused', (_what, posted, status, code) => {
  expect(refused(posted)).toMatchObject({ status, code, fix: expect.stringMatching(/./) });
});

test('nothing that can be posted breaks the reading: it is taken or refused with a reason', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('/agents/0/', '/services/tomcat/', 1, 0));
  const keys = ['task', 'routing', 'service_id', 'scaling_rule', 'property_name', 'property_value', 'data', 'consumer_id', 'state_id', 'producer_id', '__proto__', 'planned_number_of_instances'];
  const base = fc.constantFrom<object>(install, rule({ property_name: 'p', high_threshold: 2, low_threshold: 1 }), property(), planner('update_service_task', { rollback: true }));
  fc.assert(fc.property(base, fc.array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 4 }), (from, changes) => {
    const posted = JSON.parse(`{${Object.entries({ ...from, ...Object.fromEntries(changes) }).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`) as Record<string, unknown>;
    try {
      expect(readTask(posted, NOW).routing.consumer_id).toMatch(/^\//);
    } catch (error) {
      expect(isProblem(error)).toBe(true);
    }
  }), { numRuns: 500 });
});

test('data of a recipe are texts, whatever they were written as', () => {
  expect(readTask({ ...install, data: { 'param.port': 8081, 'param.on': true, 'param.name': 'x' } }, NOW).data).toEqual({ 'param.port': '8081', 'param.on': 'true', 'param.name': 'x' });
  expect(refused({ ...install, data: { 'param.port': [1] } })).toMatchObject({ field: 'data.param.port' });
  expect(refused({ ...install, data: JSON.parse('{"__proto__": 1}') as object })).toMatchObject({ status: 400 });
});

test('an update changes something, or takes the last change back, not both', () => {
  expect(readTask(planner('update_service_task', { data: { a: 1 } }), NOW)).toMatchObject({ data: { a: '1' } });
  expect(readTask(planner('update_service_task', { rollback: true }), NOW)).toMatchObject({ rollback: true });
  for (const fields of [{}, { rollback: true, recipe: 'x' }, { rollback: false }, { rollback: 'yes' }]) expect(refused(planner('update_service_task', fields)).status).toBe(400);
});

describe('scaling rules', () => {
  const thresholds = (low_threshold: unknown, high_threshold: unknown) => rule({ property_name: 'request-throughput', low_threshold, high_threshold });

  test('are read with their cool-downs, and with the service inside as the original had it later', () => {
    const given = { property_name: 'request-throughput', high_threshold: 10, low_threshold: 1, cooldown_out_seconds: 5 };
    expect(readTask(rule(given), NOW)).toMatchObject({ service_id: '/services/tomcat/', scaling_rule: given });
    const { service_id, ...inside } = rule({ ...given, service_id: 'http://localhost/services/tomcat/' });
    expect(service_id).toBe('/services/tomcat/');
    expect(readTask(inside, NOW)).toMatchObject({ service_id: '/services/tomcat/', scaling_rule: given });
  });

  test.each([[1, 1], [2, 1], ['b', 'a'], ['x', 1], [{}, 2], [undefined, 2]])('low %j and high %j are refused', (low, high) => expect(refused(thresholds(low, high)).status).toBe(400));
  test.each([[1, 2], ['1', 2], ['a', 'b'], [false, true], [0, true], [-1, 0]])('low %j and high %j are taken', (low, high) => expect(readTask(thresholds(low, high), NOW).scaling_rule).toMatchObject({ low_threshold: low, high_threshold: high }));

  test('values of one kind have their natural order, others that of numbers, or none', () => {
    fc.assert(fc.property(fc.integer(), fc.integer(), (a, b) => {
      expect(Math.sign(compareValues(a, b)!)).toBe(Math.sign(a - b));
      expect(Math.sign(compareValues(String(a), b)!)).toBe(Math.sign(a - b));
    }));
    expect(compareValues('10', '9')).toBeLessThan(0);
    for (const [a, b] of [['x', 1], ['', 0], [null, 1], [{}, 1], [[], 0]]) expect(compareValues(a, b)).toBeUndefined();
  });
});

test('a property has any JSON value, and no name that the document itself has', () => {
  for (const value of ['world', 7, false, [1, { a: null }], { deep: {} }]) expect(readTask(property({ property_value: value }), NOW)).toMatchObject({ property_name: 'hello', property_value: value });
  for (const name of ['progress', 'agent_id', 'tasks_history', '__proto__', '', 'a\nb']) expect(refused(property({ property_name: name })).field).toBe('property_name');
  expect(refused(property({ property_value: undefined })).field).toBe('property_value');
  expect(refused(property({ property_value: 'x'.repeat(20_000) })).field).toBe('property_value');
});

describe('a service document that is put', () => {
  const current = { display_name: 'tomcat', planned_number_of_instances: 1, progress: 'SERVICE_INSTALLED', instance_ids: ['http://localhost/services/tomcat/instances/0/'], tasks_history: [{ task: 'x', routing: { a: 1, b: 2 } }] };
  const put = (change: object) => readPut({ ...current, ...change }, 'tomcat', current);

  test('gives its wishes; what is only repeated may stand there, in any order of keys', () => {
    expect(put({ planned_number_of_instances: 2, tasks_history: [{ routing: { b: 2, a: 1 }, task: 'x' }] })).toEqual({ service: 'tomcat', displayName: 'tomcat', planned: 2 });
    expect(readPut({ service_id: 'http://elsewhere/services/tomcat' }, 'tomcat', current)).toEqual({ service: 'tomcat' });
  });

  test.each([
    [{ progress: 'SERVICE_UNINSTALLED' }, 'progress'], [{ instance_ids: [] }, 'instance_ids'], [{ tasks_history: [] }, 'tasks_history'], [{ executing_task: {} }, 'executing_task'],
    [{ service_id: '/services/other/' }, 'service_id'], [{ recipe: 'x' }, 'recipe'], [{ max_number_of_instances: 1.5 }, 'max_number_of_instances'],
  ])('%j is not for users to write', (change, field) => expect(refusal(() => put(change))).toMatchObject({ status: 400, field }));
});
