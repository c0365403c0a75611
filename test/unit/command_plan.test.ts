import fc from 'fast-check';
import { differenceOf, newCluster, type ClusterOrder, type ClusterState, type NodeStatus } from '../../model/cluster';
import { asleep, planDestroy, planLaunch, planScale, scaled } from '../../model/cluster_plan';
import { objectToPlan, PLAN_HASH, planOf, touched, type CommandPlan, type Effect } from '../../model/command_plan';
import { planOfApply } from '../../model/environment/apply_plan';
import { isProblem, type Problem } from '../../model/errors';
import type { NodeSpec } from '../../model/node';
import { applyTask, isRefusal } from '../../model/services/apply_task';
import { instancesOf } from '../../model/services/plan_deployment';
import { newPlanner, type PendingTask, type PlannerState } from '../../model/services/planner_state';
import { planTask } from '../../model/services/plan_task';
import { PLANNER_PATH, taskOf } from '../../model/services/task';

const AT = '2026-01-01T00:00:00.000Z';
const KEY = { user: 'test', product: 'reference', version: '1.0.0', number: 7 };
const node = (name: string, cpu: number): NodeSpec => ({ name, env: {}, cpu, memMiB: 64, disks: [], customDisks: false, networks: [], checkPorts: [], tags: [], roles: [] });
const orderOf = (nodes: NodeSpec[]): ClusterOrder => ({ options: {}, spec: { dnsname: 'x', nodes, roles: [], onNodeLoss: 'wait', scriptTimeoutMs: 1_000, scriptAttempts: 1 }, script: '', compute: 'host' });
const nodes = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), cpu: fc.constantFrom(1, 2) }), { selector: (n) => n.name }).map((list) => list.map(({ name, cpu }) => node(name, cpu)));
const statuses = fc.array(fc.constantFrom<NodeStatus>('running', 'running', 'failed', 'stopped'), { minLength: 5, maxLength: 5 });

const clusterOf = (specs: NodeSpec[], how: NodeStatus[] = []): ClusterState => {
  const state = newCluster(KEY, orderOf(specs), AT);
  return { ...state, nodes: state.nodes.map((n, i) => ({ ...n, status: how[i] ?? 'running' })) };
};
/** The cluster when a scale is done: what is asleep was started. */
const after = (state: ClusterState, order: ClusterOrder): ClusterState => {
  const begun = { ...state, ...scaled(state, order) };
  return { ...begun, order, next: null, retiring: [], nodes: begun.nodes.map((n) => ({ ...n, status: 'running' })) };
};
const of = (plan: CommandPlan, ...words: Effect['effect'][]) => plan.effects.filter(({ effect }) => words.includes(effect)).map(({ id }) => id).sort();

describe('the plan of a cluster', () => {
  const always = (holds: (state: ClusterState, order: ClusterOrder) => void) => fc.assert(fc.property(nodes, statuses, nodes, (had, how, wanted) => holds(clusterOf(had, how), orderOf(wanted))));

  test('is what the scale does: machines that it starts and stops, and no other', () => {
    always((state, order) => {
      const plan = planScale(state, order);
      const begun = scaled(state, order);
      expect(plan.effects.filter(({ effect }) => ['create', 'replace', 'restart'].includes(effect)).map(({ machine }) => machine)).toEqual(asleep(begun).map(({ machine }) => machine));
      expect(of(plan, 'remove', 'replace')).toEqual(begun.retiring.map(({ spec }) => spec.name).sort());
    });
  });

  test('carried out, it is empty', () => {
    always((state, order) => expect(touched(planScale(after(state, order), order))).toEqual([]));
  });

  test('is minimal: what runs as it is ordered is left alone, and keeps its machine', () => {
    always((state, order) => {
      const { kept } = differenceOf(state.order.spec.nodes, order.spec.nodes);
      const left = of(planScale(state, order), 'none');
      expect(left).toEqual(state.nodes.filter((n) => n.status === 'running' && kept.includes(n.spec.name)).map((n) => n.spec.name).sort());
      for (const name of left) expect(after(state, order).nodes.find((n) => n.spec.name === name)).toMatchObject(state.nodes.find((n) => n.spec.name === name)!);
    });
  });

  test('changes nothing, and is the same again', () => {
    always((state, order) => {
      const before = JSON.stringify(state);
      const { hash } = planScale(state, order);
      expect(JSON.stringify(state)).toBe(before);
      expect(hash).toMatch(PLAN_HASH);
      expect(objectToPlan(planScale(JSON.parse(before) as ClusterState, order), hash)).toBeUndefined();
    });
  });

  test('of a launch makes every node, of a destroy takes every node; of what is destroyed it is empty', () => {
    const launch = planLaunch(KEY, orderOf([node('a', 1), node('b', 1)]));
    expect([launch.of, of(launch, 'create')]).toEqual(['cluster/test/reference/1.0.0/7', ['a', 'b']]);
    expect(of(planDestroy(clusterOf([node('a', 1), node('b', 1)])), 'remove')).toEqual(['a', 'b']);
    expect(planDestroy({ ...clusterOf([node('a', 1)]), state: 'destroyed' }).effects).toEqual([]);
    expect(objectToPlan(planLaunch({ ...KEY, number: 8 }, orderOf([node('a', 1), node('b', 1)])), launch.hash)).toMatchObject({ status: 409, code: 'world_moved' });
  });

  test('says why a node is replaced, and no value that may be a secret', () => {
    const had = { ...node('a', 1), env: { PASSWORD: 'one', SAME: '1' } };
    const [effect] = planScale(clusterOf([had]), orderOf([{ ...had, cpu: 2, env: { PASSWORD: 'two', SAME: '1' } }])).effects;
    expect(effect).toMatchObject({ effect: 'replace', machine: 'clusters--test--reference--1__0__0--7--a-g2', reason: 'env PASSWORD differs; cpu 1 → 2' });
  });

  test('is refused when the world moved, thing by thing', () => {
    const [small, large] = [[node('a', 1), node('b', 1)], [node('a', 1), node('b', 1), node('c', 1)]];
    const { hash } = planScale(clusterOf(small), orderOf(large));
    const lost = objectToPlan(planScale(clusterOf(small, ['running', 'failed']), orderOf(large)), hash);
    expect(lost).toMatchObject({ status: 409, code: 'world_moved', message: 'the plan does not hold any more: b was left alone, now it is to be restarted: it does not run: failed' });
    const scaledMeanwhile = objectToPlan(planScale(clusterOf(large), orderOf(large)), hash);
    expect(scaledMeanwhile!.message).toContain('c was to be created, now it is left alone: it is as it is ordered');
    const both = objectToPlan(planScale(clusterOf(small, ['failed', 'failed']), orderOf(small)), hash);
    expect(both!.problems!.map(({ message }) => message)).toEqual([
      'the plan does not hold any more: c was to be created and is not there any more', expect.stringMatching(/^a was left alone/), expect.stringMatching(/^b was left alone/),
    ]);
    const otherContents = objectToPlan(planScale(clusterOf(small), { ...orderOf(large), script: 'other' }), hash);
    expect(otherContents!.message).toContain('makes something else of it');
  });
});

test('a hash that would be too long for an address says less, and holds all the same', () => {
  const effects = Array.from({ length: 400 }, (_, i): Effect => ({ kind: 'node', id: `node-with-a-name-${i}`, effect: 'create', machine: null, machineEffect: 'create', reason: '' }));
  const plan = planOf({ verb: 'launch', of: 'x', effects }, null);
  expect([plan.hash.length, PLAN_HASH.test(plan.hash), objectToPlan(plan, plan.hash)]).toEqual([17, true, undefined]);
  const other = objectToPlan(planOf({ verb: 'launch', of: 'x', effects: effects.slice(1) }, null), plan.hash);
  expect(other!.message).toContain('node-with-a-name-1 is now to be created');
});

describe('the plan of a task for the deployment planner', () => {
  const task = (service: string, type: string, fields: object): PendingTask['task'] => taskOf(`${type}_service_task`, '/webui/', PLANNER_PATH, PLANNER_PATH, AT, { service_id: `/services/${service}/`, ...fields });
  const made = (checksum: string) => ({ name: 'web', checksum, files: {}, machine: { cpu: 0.1, memMiB: 128 } });
  const install = (service: string, planned: number): PendingTask => ({ task: task(service, 'install', { display_name: service, planned_number_of_instances: planned, min_number_of_instances: 0, max_number_of_instances: 9 }), recipe: made('1') });
  const scale = (service: string, planned: number): PendingTask => ({ task: task(service, 'scale', { planned_number_of_instances: planned }) });
  const update = (service: string, checksum: string): PendingTask => ({ task: task(service, 'update', { data: { 'param.a': checksum } }), recipe: made(checksum) });
  const uninstall = (service: string): PendingTask => ({ task: task(service, 'uninstall', {}) });
  const name = fc.constantFrom('a', 'b');
  const number = fc.integer({ min: 0, max: 5 });
  const one = fc.oneof(fc.tuple(name, number).map(([s, n]) => install(s, n)), fc.tuple(name, number).map(([s, n]) => scale(s, n)), fc.tuple(name, fc.constantFrom('2', '3')).map(([s, c]) => update(s, c)), name.map(uninstall));
  const serviceOf = (asked: PendingTask) => String(asked.task.service_id).split('/')[2]!;
  /** The plan, and what carrying the task out then does. */
  const each = (holds: (seen: { asked: PendingTask; before: PlannerState; plan: CommandPlan; state: PlannerState }) => void) =>
    fc.assert(fc.property(fc.array(one, { maxLength: 12 }), (tasks) => {
      const state = newPlanner(AT);
      for (const asked of tasks) {
        const before = structuredClone(state);
        const plan = planTask(state, asked);
        expect(state).toEqual(before);
        const outcome = applyTask(state, asked);
        expect(isProblem(plan)).toBe(isRefusal(outcome));
        if (isProblem(plan)) expect(plan).toEqual(outcome);
        else holds({ asked, before, plan, state });
      }
    }));

  test('is what carrying it out does, instance by instance', () => {
    each(({ asked, before, plan, state }) => {
      const service = serviceOf(asked);
      const keys = (s: PlannerState) => instancesOf(s.plan, service).map(({ instance }) => `instance/${service}/${instance}`);
      expect(of(plan, 'create', 'replace', 'none')).toEqual(keys(state).sort());
      expect(of(plan, 'remove', 'replace', 'none')).toEqual(keys(before).sort());
      const madeOf = ({ services }: PlannerState) => JSON.stringify([services[service]?.recipe, services[service]?.data]);
      expect(of(plan, 'replace').length).toBe(asked.task.task === 'update_service_task' && madeOf(before) !== madeOf(state) ? keys(state).length : 0);
    });
  });

  test('carried out, it is empty, and nothing of other services is in it', () => {
    each(({ asked, plan, state }) => {
      expect(plan.effects.every(({ id }) => id.startsWith(`instance/${serviceOf(asked)}/`))).toBe(true);
      if (!['scale_service_task', 'update_service_task'].includes(asked.task.task)) return;
      expect(touched(planTask(state, asked) as CommandPlan)).toEqual([]);
    });
  });

  const planned = (state: PlannerState, asked: PendingTask): CommandPlan => planTask(state, asked) as CommandPlan;
  const grown = () => {
    const state = newPlanner(AT);
    applyTask(state, install('a', 1));
    return state;
  };

  test('holds whatever is done to other services, and is refused when something was done to its own', () => {
    const state = grown();
    const { hash, effects } = planned(state, scale('a', 3));
    expect(effects.map(({ id, effect, machine, machineEffect, reason }) => [id, effect, machine, machineEffect, reason])).toEqual([
      ['instance/a/0', 'none', 'agent/0', 'none', 'it is as it is wanted'], ['instance/a/1', 'create', null, 'create', '1 → 3 on host'], ['instance/a/2', 'create', null, 'create', '1 → 3 on host'],
    ]);
    applyTask(state, install('b', 2));
    expect(objectToPlan(planned(state, scale('a', 3)), hash)).toBeUndefined();
    applyTask(state, scale('a', 2));
    expect(objectToPlan(planned(state, scale('a', 3)), hash)).toMatchObject({ status: 409, code: 'world_moved', message: expect.stringContaining('instance/a/1 was to be created, now it is left alone') });
  });

  test('says what an instance is made of otherwise, without its values', () => {
    const state = grown();
    expect(planned(state, update('a', '2')).effects).toEqual([{ kind: 'instance', id: 'instance/a/0', effect: 'replace', machine: 'agent/0', machineEffect: 'none', reason: 'recipe web was changed; param.a differs' }]);
    expect(planned(state, uninstall('a')).effects).toMatchObject([{ effect: 'remove', machine: 'agent/0', machineEffect: 'remove', reason: 'the service is uninstalled' }]);
  });

  test('is not known while something else is under way for the service', () => {
    const state = grown();
    state.pending.push(scale('a', 2));
    expect(planTask(state, scale('a', 3)) as Problem).toMatchObject({ status: 409, code: 'changing' });
    expect(isProblem(planTask(state, install('b', 1)))).toBe(false);
  });
});

test('the plan of an apply has every service of the model, and one hash for what differs', () => {
  const plan = planOfApply(['x', 'y', 'z'], [{ path: 'w', is: 'gone' }, { path: 'x', is: 'new' }, { path: 'y', is: 'changed' }], { w: '', x: '1', y: '2' });
  expect(plan.effects.map(({ id, effect }) => [id, effect])).toEqual([['instance/w', 'remove'], ['instance/x', 'create'], ['instance/y', 'replace'], ['instance/z', 'none']]);
  expect(planOfApply([], [{ path: 'w', is: 'gone' }, { path: 'x', is: 'new' }, { path: 'y', is: 'changed' }], { w: '', x: '1', y: '2' }).hash).toBe(plan.hash);
  expect(objectToPlan(planOfApply(['x', 'y', 'z'], [{ path: 'x', is: 'new' }, { path: 'y', is: 'changed' }], { x: '1', y: '2' }), plan.hash)!.message).toContain('instance/w was to be removed and is not there any more');
  expect(objectToPlan(planOfApply(['x', 'y'], [{ path: 'w', is: 'gone' }, { path: 'x', is: 'new' }, { path: 'y', is: 'changed' }], { w: '', x: '1', y: '3' }), plan.hash)!.code).toBe('world_moved');
});
