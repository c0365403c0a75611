import { condition, continueAsNew, defineQuery, defineSignal, defineUpdate, getExternalWorkflowHandle, ParentClosePolicy, proxyActivities, setHandler, startChild } from '@temporalio/workflow';
import { problem, type Problem } from '../../../model/errors';
import { serviceId } from '../../../model/ids';
import { SUMMARY } from '../../../model/messages';
import type { AgentActivities } from '../../../model/services/agent_protocol';
import { applyTask, isRefusal } from '../../../model/services/apply_task';
import { refuseSimilar, refuseTask } from '../../../model/services/check_task';
import { record } from '../../../model/services/history';
import type { NewTask, PutService, TaskAccepted } from '../../../model/services/messages';
import { viewPlanner, type PlannerState } from '../../../model/services/planner_state';
import { newService, viewService, viewServiceDetail, type ServiceDocument } from '../../../model/services/service_state';
import type { TaskRecord } from '../../../model/services/task';
import type { ServicePlan } from '../../../model/services/wish';
import { summarise } from '../../../model/summary';
import { fail } from '../../../workflows/lifecycle/fail';

/** Workflows that answer with the documents they are given, under the names and with the messages of the real ones. */

export interface Given {
  document: unknown;
  /** What this run did; with `next` it goes on in another run. */
  tasks: TaskRecord[];
  next?: Given;
  /** An agent's process beats. */
  beats?: true;
}

export const become = defineSignal<[unknown]>('become');
const document = defineQuery<unknown>('document');
const tasks = defineQuery<TaskRecord[]>('tasks');
const newTask = defineUpdate<TaskAccepted, [NewTask]>('new_task');

async function standIn(given: Given): Promise<void> {
  let now = given.document;
  setHandler(document, () => now);
  setHandler(tasks, () => given.tasks);
  setHandler(become, (other) => void (now = other));
  setHandler(newTask, ({ task }) => ((now as { properties: Record<string, unknown> }).properties = { [String(task.property_name)]: task.property_value }, { id: '', revision: 0 }));
  if (given.next) await continueAsNew<typeof standIn>(given.next);
  if (given.beats) void proxyActivities<Pick<AgentActivities, 'watch'>>({ startToCloseTimeout: '1h', heartbeatTimeout: '1m', retry: { maximumAttempts: 1 } }).watch();
  await condition(() => false);
}

export { standIn as agent, standIn as capacityRules, standIn as instance, standIn as service };

const putService = defineUpdate<TaskAccepted, [PutService]>('put_service');
export const hold = defineSignal<[boolean]>('hold');

/** The planner's rules with nothing behind them: while it is held, tasks stay pending. */
export async function deploymentPlanner(state: PlannerState): Promise<void> {
  let held = false;
  const accepted = () => ({ id: state.id, revision: (state.revision += 1) });
  setHandler(document, () => viewPlanner(state));
  setHandler(tasks, () => state.history.tasks);
  setHandler(defineQuery<TaskRecord[]>('plans'), () => state.plans.tasks);
  setHandler(hold, (on) => void (held = on));
  setHandler(newTask, async ({ task }) => (state.pending.push({ task, recipe: { name: 'r', checksum: 'c', files: {}, machine: { cpu: 1, memMiB: 1 } } }), accepted()), {
    validator: ({ task }) => refuse(refuseSimilar(state.pending.map((p) => p.task), task) ?? refuseTask(state, task)),
  });
  setHandler(putService, async (put) => (state.pending.push({ task: asTask(put) }), accepted()), { validator: ({ service, expected }) => refuse(changedMeanwhile(state.services[service]?.sequence, expected)) });
  for (;;) {
    await condition(() => !held && state.pending.length > 0);
    const one = state.pending.shift()!;
    const plan = applyTask(state, one);
    if (plan === null || isRefusal(plan)) record(state.history, { ...one.task, ...(plan ? { failed: plan.message } : {}) });
    else await tell(plan);
  }
}

function refuse(objection: Problem | undefined): void {
  if (objection) throw fail(objection);
}

const changedMeanwhile = (now: number | undefined, expected: number | undefined): Problem | undefined =>
  expected === undefined || expected === now ? undefined : problem(412, 'changed_meanwhile', 'it was changed meanwhile', 'Read it again.');

const asTask = ({ service, planned, min, max, displayName }: PutService) => ({
  task: 'put_service_task', service_id: `/services/${service}/`, planned_number_of_instances: planned, min_number_of_instances: min, max_number_of_instances: max, display_name: displayName,
  routing: { state_id: '', consumer_id: '', producer_id: '', producer_timestamp: 0 },
});

async function tell(plan: ServicePlan): Promise<void> {
  const state = newService(plan, new Date().toISOString());
  const shown: ServiceDocument = { ...viewService(state), state: plan.uninstall ? 'SERVICE_UNINSTALLED' : 'SERVICE_INSTALLED' };
  const id = serviceId(plan.wish.service);
  const options = { workflowId: id, parentClosePolicy: ParentClosePolicy.ABANDON, memo: { [SUMMARY]: summarise({ ...state, state: shown.state }, viewServiceDetail(state)) } };
  await getExternalWorkflowHandle(id)
    .signal(become, shown)
    .catch(() => startChild<typeof standIn>('service', { ...options, args: [{ document: shown, tasks: [] }] }));
}
