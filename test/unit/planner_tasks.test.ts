import { applyTask, isRefusal } from '../../model/services/apply_task';
import { refuseSimilar, refuseTask } from '../../model/services/check_task';
import { newPlanner, type PlannerState } from '../../model/services/planner_state';
import type { Recipe } from '../../model/services/recipe';
import { PLANNER_PATH, taskOf, type Task } from '../../model/services/task';
import { nextBatch } from '../../model/services/batch';
import type { KnownInstance } from '../../model/services/service_state';
import { judge, noteBack, noteSilent } from '../../model/services/suspect';

const AT = '2026-01-01T00:00:00.000Z';
const recipe: Recipe = { name: 'web', checksum: 'abc', files: {}, machine: { cpu: 0.1, memMiB: 128 } };
const task = (type: string, fields: object, at = AT): Task => taskOf(type, '/webui/', PLANNER_PATH, PLANNER_PATH, at, { service_id: '/services/web/', ...fields });
const install = (planned = 1) => task('install_service_task', { display_name: 'web', planned_number_of_instances: planned, min_number_of_instances: 1, max_number_of_instances: 3, data: { 'param.a': '1' } });
const scale = (n: number) => task('scale_service_task', { planned_number_of_instances: n });
const installed = (): PlannerState => {
  const state = newPlanner(AT);
  applyTask(state, { task: install(), recipe });
  return state;
};

describe('tasks of the deployment planner', () => {
  test('an install becomes a plan with what the instances are made of', () => {
    expect(applyTask(newPlanner(AT), { task: install(2), recipe })).toMatchObject({
      wish: { service: 'web', planned: 2 }, instances: [{ instance: 0, agent: 0 }, { instance: 1, agent: 1 }], sequence: 1, making: { data: { 'param.a': '1' } },
    });
  });

  test('scale to the number that there is changes nothing; each other plan has a higher sequence', () => {
    const state = installed();
    expect(applyTask(state, { task: scale(1) })).toBeNull();
    expect(applyTask(state, { task: scale(2) })).toMatchObject({ sequence: 2 });
    expect(applyTask(state, { task: scale(3) })).toMatchObject({ sequence: 3 });
  });

  test('a change adds to the values that there are, and a roll back brings the former ones back', () => {
    const state = installed();
    applyTask(state, { task: task('update_service_task', { data: { 'param.b': '2' } }), recipe: { ...recipe, checksum: 'def' } });
    expect(state.services.web).toMatchObject({ recipe: { checksum: 'def' }, data: { 'param.a': '1', 'param.b': '2' } });
    expect(applyTask(state, { task: task('update_service_task', { rollback: true }) })).toMatchObject({ making: { rollback: true } });
    expect(state.services.web).toMatchObject({ recipe: { checksum: 'abc' }, data: { 'param.a': '1' } });
  });

  test('an update to what a service is made of already changes nothing; a file of its recipe that differs does', () => {
    const state = installed();
    const same = task('update_service_task', { data: { 'param.a': '1' } });
    expect(applyTask(state, { task: same, recipe })).toBeNull();
    expect(applyTask(state, { task: same, recipe: { ...recipe, checksum: 'def' } })).toMatchObject({ sequence: 2, making: { data: { 'param.a': '1' } } });
  });

  test('uninstall takes it out of the plan, and it may be installed again', () => {
    const state = installed();
    expect(applyTask(state, { task: task('uninstall_service_task', {}) })).toMatchObject({ uninstall: true, instances: [] });
    expect(state.plan.services).toEqual([]);
    expect(applyTask(state, { task: install(), recipe })).toMatchObject({ instances: [{ instance: 0, agent: 1 }] });
  });

  test('a refusal changes nothing', () => {
    const state = installed();
    const before = JSON.stringify(state);
    for (const bad of [install(), scale(4), scale(0), { ...scale(2), service_id: '/services/other/' }]) expect(isRefusal(applyTask(state, { task: bad, recipe }))).toBe(true);
    expect(JSON.stringify(state)).toBe(before);
  });

  test('a service may have any name, also one that every object has', () => {
    const state = newPlanner(AT);
    expect(refuseTask(state, { ...install(), service_id: '/services/constructor/' })).toBeUndefined();
  });

  test('similar is what differs only in its time; what is pending leaves the answer open', () => {
    expect(refuseSimilar([scale(2)], scale(2))).toMatchObject({ status: 409, code: 'similar_task' });
    expect(refuseSimilar([scale(2)], task('scale_service_task', { planned_number_of_instances: 2 }, '2026-01-02T00:00:00.000Z'))).toBeDefined();
    expect(refuseSimilar([scale(2)], scale(3))).toBeUndefined();
    const state = installed();
    expect(refuseTask(state, scale(9))).toMatchObject({ message: 'Cannot scale above max number of instances 3' });
    state.pending.push({ task: task('uninstall_service_task', {}) });
    expect(refuseTask(state, scale(9))).toBeUndefined();
  });
});

describe('the batches of a rolling change', () => {
  const one = (instance: number, up = true): KnownInstance => ({
    instance, agent: instance, progress: 'INSTANCE_STARTED', agentProgress: 'AGENT_STARTED', generation: 1, told: 1, up, reason: '', blocked: false, leaving: false,
  });

  test('never leave fewer than the minimum up', () => {
    for (let total = 1; total <= 12; total += 1) {
      for (let min = 0; min <= total; min += 1) {
        for (let down = 0; down <= total; down += 1) {
          const all = [...Array(total).keys()].map((n) => one(n, n >= down));
          const batch = nextBatch(all, all, min);
          const stillUp = all.filter((i) => i.up && !batch.includes(i)).length;
          expect(stillUp).toBeGreaterThanOrEqual(Math.min(min, total - down));
          if (down > 0 || total - down > min) expect(batch.length).toBeGreaterThan(0);
        }
      }
    }
  });
});

describe('silence of many', () => {
  const state = (agents: number) => ({
    silent: [] as PlannerState['silent'], suspecting: false,
    plan: { nextAgent: agents, services: [{ service: 'web', instances: [...Array(agents).keys()].map((n) => ({ instance: n, agent: n })) }] },
  });
  const silence = (s: ReturnType<typeof state>, ...agents: number[]) => agents.forEach((agent) => noteSilent(s, agent, AT));

  test('half of four is lost, more than half is suspect', () => {
    const two = state(4);
    silence(two, 0, 1);
    expect(judge(two).map((v) => v.verdict)).toEqual(['lost', 'lost']);
    const three = state(4);
    silence(three, 0, 1, 2);
    expect(judge(three).map((v) => v.verdict)).toEqual(['suspect', 'suspect', 'suspect']);
  });

  test('of fewer than four, all that are silent are lost', () => {
    const s = state(3);
    silence(s, 0, 1, 2);
    expect(judge(s).every((v) => v.verdict === 'lost')).toBe(true);
  });

  test('when enough are back, those that are not are lost; each is told once', () => {
    const s = state(4);
    silence(s, 0, 1, 2);
    judge(s);
    expect(judge(s)).toEqual([]);
    noteBack(s, 0);
    expect(judge(s)).toEqual([{ agent: 1, verdict: 'lost' }, { agent: 2, verdict: 'lost' }]);
    expect(judge(s)).toEqual([]);
  });
});
