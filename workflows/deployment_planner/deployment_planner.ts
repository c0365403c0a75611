import { defineSignal, setHandler } from '@temporalio/workflow';
import { carriedHistory, isFull } from '../../model/services/history';
import type { AgentSilent, ServiceOver } from '../../model/services/messages';
import { newPlanner, viewPlanner, viewPlannerDetail, type PlannerState } from '../../model/services/planner_state';
import { noteBack, noteSilent } from '../../model/services/suspect';
import { VERBS_OF } from '../../model/verbs';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { answerTasks } from '../lifecycle/answer_tasks';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { waitUntil } from '../lifecycle/wait';
import { carryOut } from './carry_out';
import { handleTasks } from './handle_tasks';
import { judgeSilence } from './judge_silence';
import type { PlannerRun } from './planner_run';

/**
 * The deployment planner: every wish for a service goes through it, one after the other, and becomes a plan of
 * instances and agents (SG-16 … SG-23). It is the only one that gives numbers.
 */
export async function deploymentPlanner(input: PlannerState | Record<string, never>): Promise<void> {
  const state = 'v' in input ? (input as PlannerState) : newPlanner(now());
  const run: PlannerRun = {
    ...openRun(state, viewPlannerDetail, () => inNextRun<typeof deploymentPlanner>({ ...state, history: carriedHistory(state.history), plans: carriedHistory(state.plans) })),
    full: () => isFull(state.history) || isFull(state.plans),
  };
  handleVerbs(run, VERBS_OF.planner);
  handleTasks(run);
  setHandler(defineSignal<[ServiceOver]>('serviceOver'), () => undefined);
  setHandler(defineSignal<[AgentSilent]>('agentSilent'), ({ agent }) => noteSilent(state, agent, now()));
  setHandler(defineSignal<[AgentSilent]>('agentBack'), ({ agent }) => noteBack(state, agent));
  answerDocument(() => viewPlanner(state));
  answerTasks('tasks', () => state.history);
  answerTasks('plans', () => state.plans);
  void judgeSilence(run);
  for (;;) {
    publish(run);
    await waitUntil(run, () => state.pending.length > 0 && !state.paused);
    await carryOut(run);
  }
}
