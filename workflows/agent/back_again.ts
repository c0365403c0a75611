import { clearCondition } from '../../model/lifecycle';
import { publish } from '../lifecycle/publish';
import type { AgentRun } from './agent_run';
import { tellPlanner } from './tell_planner';

/** It works: whoever was told otherwise is told so. */
export async function backAgain(run: AgentRun): Promise<void> {
  const { state } = run;
  if (state.silence) await tellPlanner(run, 'agentBack');
  state.silence = null;
  clearCondition(state, 'Unreachable');
  publish(run);
}
