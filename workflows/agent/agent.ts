import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { agentIs, agentStands, instancesOn, servicesOn } from '../../model/services/agent_is';
import { AGENT_OPERATIONS, newAgent, viewAgent, viewAgentDetail, type AgentInput, type AgentOperation, type AgentState } from '../../model/services/agent_state';
import { carriedHistory, isFull } from '../../model/services/history';
import { beginOperation, endOperation, enter } from '../../model/lifecycle';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { answerTasks } from '../lifecycle/answer_tasks';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { teller, tellers } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';
import type { AgentRun } from './agent_run';
import { handleMessages } from './handle_messages';
import { recordTask } from './record_task';
import { replace } from './replace';
import { start } from './start';
import { terminate } from './terminate';
import { keepWatch } from './watch';

const OPERATIONS: Record<AgentOperation, (run: AgentRun) => Promise<void>> = { start, replace, terminate };

/**
 * One machine and the agent on it (seed 000, `spec` §1.3): started, watched, replaced when it is lost, terminated when
 * nothing is planned on it any more.
 */
export async function agent(input: AgentInput | AgentState): Promise<void> {
  const state = 'v' in input ? input : newAgent(input, now());
  const stands = teller(() => instancesOn(state), 'agentStands', () => agentStands(state));
  const run: AgentRun = {
    ...openRun(state, viewAgentDetail, () => carryOver(run)), grants: new Map(), watching: null,
    full: () => isFull(state.history), stands, ...tellers(stands, teller(() => servicesOn(state), 'agentIs', () => agentIs(state))),
  };
  handleVerbs(run);
  handleMessages(run);
  answerDocument(() => viewAgent(state));
  answerTasks('tasks', () => state.history);
  if (!('v' in input)) {
    recordTask(state, 'plan_agent_task', { service_instance_ids: state.instances });
    beginOperation(state, 'start', AGENT_OPERATIONS.start, now());
  }
  CancellationScope.current().cancelRequested.catch(() => {
    state.interrupt = 'destroy';
    run.scope?.cancel();
  });
  await CancellationScope.nonCancellable(async () => {
    void keepWatch(run);
    while (!state.over) await goOn(run);
  });
  publish(run);
  await run.allTold?.();
}

function carryOver(run: AgentRun): Promise<never> {
  run.watching?.cancel();
  return inNextRun<typeof agent>({ ...run.state, history: carriedHistory(run.state.history) });
}

/** The next thing to do: what somebody decided, what has to be replaced or taken down, the operation that is going on; else wait. */
async function goOn(run: AgentRun): Promise<void> {
  const { state } = run;
  decide(run);
  if (state.operation) return perform(run, state.operation.kind as AgentOperation);
  publish(run);
  await waitUntil(run, () => state.interrupt !== null || (state.terminate && !state.over) || state.silence?.verdict === 'lost');
}

function decide({ state }: AgentRun): void {
  const { interrupt } = state;
  state.interrupt = null;
  const begin = (kind: AgentOperation) => beginOperation(state, kind, AGENT_OPERATIONS[kind], now());
  if (interrupt === 'abort' || interrupt === 'destroy') state.terminate = true;
  if (state.terminate && state.operation?.kind !== 'terminate') return begin('terminate');
  if (state.terminate || (state.operation && interrupt !== 'repair' && state.silence?.verdict !== 'lost')) return;
  if (interrupt === 'repair' || state.silence?.verdict === 'lost') begin('replace');
}

async function perform(run: AgentRun, kind: AgentOperation): Promise<void> {
  const { state } = run;
  run.scope = new CancellationScope({ cancellable: true });
  try {
    await run.scope.run(() => OPERATIONS[kind](run));
    endOperation(state, 'done', now());
    if (kind === 'terminate') {
      state.over = true;
      enter(state, 'MACHINE_TERMINATED', now());
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
  } finally {
    run.scope = null;
    publish(run);
  }
}
