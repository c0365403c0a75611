import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { patched } from '@temporalio/workflow';
import { CAPACITY_ID, serviceId } from '../../model/ids';
import { applyTask, isRefusal } from '../../model/services/apply_task';
import { serviceOf } from '../../model/services/check_task';
import { record } from '../../model/services/history';
import type { DropRule } from '../../model/services/messages';
import { newService, viewServiceDetail } from '../../model/services/service_state';
import { agentPath, instancePath, ORCHESTRATOR_PATH, PLANNER_PATH, servicePath, taskOf, type Task, type TaskRecord } from '../../model/services/task';
import type { ServicePlan } from '../../model/services/wish';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { startLifecycle } from '../lifecycle/start_lifecycle';
import { tell } from '../lifecycle/tell';
import { service } from '../service/service';
import type { PlannerRun } from './planner_run';

/** The oldest task: into the plan, and the plan to its service. What cannot be done ends in the history with the reason. */
export async function carryOut(run: PlannerRun): Promise<void> {
  const { state } = run;
  const [next] = state.pending;
  state.executing = next!.task;
  publish(run);
  const outcome = applyTask(state, next!, !patched('same_is_nothing'));
  if (outcome && !isRefusal(outcome)) {
    await tellService(outcome);
    if (outcome.uninstall) await tell(CAPACITY_ID, 'drop_rule', { service: outcome.wish.service } satisfies DropRule);
    recordPlan(run, outcome);
  }
  next!.outcome = isRefusal(outcome) ? { refused: outcome } : { sequence: state.services[serviceOf(next!.task)]?.sequence ?? state.sequence };
  record(state.history, { ...next!.task, ...endOf(next!.task, outcome) });
  state.pending.shift();
  state.executing = null;
}

function endOf({ task }: Task, outcome: ReturnType<typeof applyTask>): Pick<TaskRecord, 'failed' | 'unchanged'> {
  if (isRefusal(outcome)) return { failed: outcome.message };
  return outcome === null && task === 'update_service_task' ? { unchanged: true } : {};
}

/** A service that does not run, or does not run any more, is started. */
async function tellService(plan: ServicePlan): Promise<void> {
  const id = serviceId(plan.wish.service);
  while (!(await tell(id, 'plan', plan))) {
    if (plan.uninstall || (plan.making ? 'rollback' in plan.making : !plan.wish.counted)) return;
    try {
      const first = newService(plan, now());
      await startLifecycle(service, { state: first, detail: viewServiceDetail(first), input: plan, staticSummary: `service ${plan.wish.displayName}`, reuse: 'ALLOW_DUPLICATE' });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** What the orchestrator is given, as its history shows it: the part of the plan that changed. */
function recordPlan({ state }: PlannerRun, { wish, instances, uninstall }: ServicePlan): void {
  const ids = instances.map((i) => ({ instance_id: instancePath(wish.service, i.instance), agent_id: agentPath(i.agent) }));
  record(state.plans, taskOf('update_deployment_plan_task', PLANNER_PATH, ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, now(), {
    service_id: servicePath(wish.service), planned: ids, ...(uninstall ? { uninstall } : {}),
  }));
}
