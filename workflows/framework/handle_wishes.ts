import { condition, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { problem, type Problem } from '../../model/errors';
import { blockedStep } from '../../model/lifecycle';
import type { MachineSpec } from '../../model/machine';
import { changed, unwish, wish, type FrameworkState } from '../../model/mesos/framework_state';
import type { Launched, Orders, Stopped } from '../../model/mesos/messages';
import { everRan, machineOf, mayRun } from '../../model/mesos/tasks';
import { publishSoon } from '../lifecycle/publish';
import type { FrameworkRun } from './framework_run';

/** A task that is placed has to come up within this. */
const COME_UP_MS = 120_000;
/** What an agent needs to end a task, beyond its grace. */
const END_MS = 15_000;

/** What the compute, the driver and the subscribed worker ask of the framework. */
export function handleWishes(run: FrameworkRun): void {
  const { state } = run;
  setHandler(defineSignal<[Orders]>('orders'), (orders) => {
    state.orders = orders;
    changed(state);
    publishSoon(run);
  });
  setHandler(defineSignal('end'), () => {
    state.isEnding = true;
    if (blockedStep(state)) state.decision = 'retry';
  });
  setHandler(defineUpdate<number, [{ known: number; session: string }]>('changed'), async ({ known, session }) => {
    run.session = session;
    await condition(() => state.wishes !== known || run.session !== session || run.isLeaving || state.isEnding === true);
    return state.wishes;
  });
  setHandler(defineUpdate<Launched, [{ specs: MachineSpec[]; waitMs: number }]>('launch'), async ({ specs, waitMs }) => {
    for (const spec of specs) if (!objection(state, spec)) wish(state, spec);
    publishSoon(run);
    const some = (...phases: string[]) => specs.some(({ id }) => phases.includes(state.tasks[id]?.phase ?? ''));
    const isAccepted = await condition(() => !some('wanted') || run.isLeaving, waitMs, { summary: `until ${idsOf(specs)} has its offer` });
    if (isAccepted) await condition(() => !some('wanted', 'launching') || run.isLeaving, COME_UP_MS, { summary: `until ${idsOf(specs)} runs` });
    if (run.isLeaving && some('wanted', 'launching')) return null;
    return specs.map((spec) => outcomeOf(state, spec, waitMs));
  });
  setHandler(defineUpdate<Stopped, [{ machines: { id: string; graceMs: number }[] }]>('stop'), async ({ machines }) => {
    const open = machines.filter(({ id, graceMs }) => !unwish(state, id, graceMs));
    publishSoon(run);
    const runs = ({ id }: { id: string }) => state.tasks[id] !== undefined && mayRun(state.tasks[id]);
    const withinMs = Math.max(0, ...open.map(({ graceMs }) => graceMs)) + END_MS;
    await condition(() => !open.some(runs) || run.isLeaving, withinMs, { summary: `until ${idsOf(open)} has ended` });
    if (run.isLeaving && open.some(runs)) return null;
    const answers = machines.map(({ id, graceMs }) => (open.some((one) => one.id === id) && !unwish(state, id, graceMs) ? stillRunning(state, id) : null));
    publishSoon(run);
    return answers;
  });
}

const idsOf = (machines: readonly { id: string }[]): string => machines.map(({ id }) => id).join(', ').slice(0, 150);

function objection({ tasks, compute }: FrameworkState, { id, owner }: MachineSpec): Problem | undefined {
  const task = tasks[id];
  if (task && task.spec.owner !== owner) return problem(409, 'foreign_machine', `machine ${id} exists and belongs to ${task.spec.owner}`, 'Stop it where it belongs, then retry.', { evidence: task.spec.owner });
  if (task?.graceMs !== undefined && mayRun(task)) return problem(409, 'still_running', `compute ${compute}: machine ${id} is just being ended`, 'Retry when it is gone.');
  return undefined;
}

function outcomeOf(state: FrameworkState, spec: MachineSpec, waitMs: number): NonNullable<Launched>[number] {
  const { compute, tasks } = state;
  const no = objection(state, spec);
  const task = tasks[spec.id];
  if (no) return { problem: no };
  if (!task) return { problem: problem(409, 'stopped', `machine ${spec.id} was stopped meanwhile`, 'Retry, if it is wanted.') };
  if (task.phase === 'running' || everRan(task)) return { machine: machineOf(compute, task) };
  const field = `nodes.${spec.node}`;
  if (task.phase === 'wanted') {
    unwish(state, spec.id, 0);
    return { problem: problem(409, 'no_offer', `compute ${compute}: nothing that node ${spec.node} fits in was offered within ${waitMs / 1_000} s`, 'See `grid show framework/' + compute + '` and what else runs on Mesos, then retry.', { field }) };
  }
  if (task.phase === 'launching') return { problem: problem(504, 'not_started', `compute ${compute}: Mesos says nothing of node ${spec.node}, launched on ${task.at?.host}, within ${COME_UP_MS / 1_000} s`, 'See its agent; retry, and it is adopted when it runs.', { field }) };
  const { said = '' } = task;
  return { problem: problem(422, 'task_rejected', `compute ${compute}: node ${spec.node} did not start: ${said}`, fixFor(said), { field, evidence: said }) };
}

function fixFor(said: string): string {
  if (/pull|image/i.test(said)) return 'See that its image exists and agents can pull it, then retry.';
  if (/No such user/.test(said)) return 'Give the compute a user that its agents have: user=… in the connector.';
  if (/unknown container/.test(said)) return 'Agents run Docker images only with --containerizers=docker,mesos: set that, or containerizer=none or mesos in the connector.';
  if (/TASK_ERROR/.test(said)) return 'Mesos does not take the task as it is: mend the node in its template, then retry.';
  return 'See the log of the agent on its host, then retry.';
}

function stillRunning({ tasks, compute }: FrameworkState, id: string): Problem {
  const { at, said } = tasks[id]!;
  return problem(503, 'still_running', `compute ${compute}: machine ${id} on ${at?.host} does not end${said ? `: ${said}` : ''}`, 'See whether its agent can be reached; stop again. It is ended as soon as it can be.', { evidence: id });
}
