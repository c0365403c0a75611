import { PLANNER_ID } from '../../model/ids';
import type { AgentSilent } from '../../model/services/messages';
import { tell } from '../lifecycle/tell';
import type { AgentRun } from './agent_run';

export const tellPlanner = ({ state }: AgentRun, signal: 'agentSilent' | 'agentBack'): Promise<boolean> =>
  tell(PLANNER_ID, signal, { agent: state.number } satisfies AgentSilent);
