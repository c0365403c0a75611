import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { PLANNER_ID } from '../../model/ids';
import { beginOperation, endOperation, enter } from '../../model/lifecycle';
import { carriedHistory, isFull } from '../../model/services/history';
import type { ServiceOver } from '../../model/services/messages';
import { newService, stepsOf, viewService, viewServiceDetail, type ServiceOperation, type ServiceState } from '../../model/services/service_state';
import { isConverged } from '../../model/services/difference';
import type { ServicePlan } from '../../model/services/wish';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { answerTasks } from '../lifecycle/answer_tasks';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';
import { converge } from './converge';
import { handleMessages } from './handle_messages';
import { obey } from './obey';
import { recordTask } from './record_task';
import type { ServiceRun } from './service_run';
import { showLack } from './show_lack';
import { uninstall } from './uninstall';

const OPERATIONS: Record<ServiceOperation, (run: ServiceRun) => Promise<void>> = { converge, uninstall };

/**
 * One service, kept as it is planned (seed 000, `spec` §1.3): it starts the agents and instances that are missing, has
 * those stopped that are too many, and replaces those that are made of something older.
 */
export async function service(input: ServicePlan | ServiceState): Promise<void> {
  const state = 'v' in input ? input : newService(input, now());
  const run: ServiceRun = {
    ...openRun(state, viewServiceDetail, () => inNextRun<typeof service>({ ...state, history: carriedHistory(state.history) })),
    full: () => isFull(state.history), news: 0,
  };
  handleVerbs(run);
  handleMessages(run);
  answerDocument(() => viewService(state));
  answerTasks('tasks', () => state.history);
  CancellationScope.current().cancelRequested.catch(() => {
    state.interrupt = 'destroy';
    run.scope?.cancel();
  });
  await CancellationScope.nonCancellable(async () => {
    do {
      delete state.over;
      while (!state.over) await goOn(run);
      publish(run);
      await tell(PLANNER_ID, 'serviceOver', { service: state.service, sequence: state.plan.sequence } satisfies ServiceOver);
      // It may be installed again before it is quite gone.
    } while (state.replan);
  });
}

async function goOn(run: ServiceRun): Promise<void> {
  const { state } = run;
  await obey(run);
  if (state.replan || (!state.operation && !isConverged(state))) begin(run);
  if (state.operation) return perform(run, state.operation.kind as ServiceOperation);
  showLack(run);
  publish(run);
  await waitUntil(run, () => state.interrupt !== null || state.replan || !isConverged(state));
}

/** The operation that brings it to its plan, in the words of the seed. */
function begin({ state }: ServiceRun): void {
  const { uninstall: goes } = state.plan;
  if (state.replan && !goes) recordTask(state, 'plan_service_task');
  else if (!goes && state.state === 'SERVICE_INSTALLED') recordTask(state, 'service_installing_task');
  if (goes && state.state !== 'UNINSTALLING_SERVICE') recordTask(state, 'service_uninstalling_task');
  state.replan = false;
  const kind: ServiceOperation = goes ? 'uninstall' : 'converge';
  beginOperation(state, kind, stepsOf(state, kind), now());
  enter(state, goes ? 'UNINSTALLING_SERVICE' : 'INSTALLING_SERVICE', now());
}

async function perform(run: ServiceRun, kind: ServiceOperation): Promise<void> {
  const { state } = run;
  run.scope = new CancellationScope({ cancellable: true });
  try {
    await run.scope.run(() => OPERATIONS[kind](run));
    finish(run, kind);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    if (!state.interrupt) endOperation(state, 'interrupted', now());
  } finally {
    run.scope = null;
  }
}

function finish(run: ServiceRun, kind: ServiceOperation): void {
  const { state } = run;
  endOperation(state, 'done', now());
  delete state.plan.moving;
  recordTask(state, kind === 'uninstall' ? 'service_uninstalled_task' : 'service_installed_task');
  enter(state, kind === 'uninstall' ? 'SERVICE_UNINSTALLED' : 'SERVICE_INSTALLED', now());
  if (kind === 'uninstall') state.over = true;
  else state.installed = { planned: state.plan.wish.planned, generation: state.generations.at(-1)?.number ?? 0 };
}
