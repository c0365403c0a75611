import { instanceId, PLANNER_ID } from '../../model/ids';
import { addressOf, isWorking, machineOf } from '../../model/services/agent_state';
import type { AgentLost, AgentWorks } from '../../model/services/messages';
import { tell } from '../lifecycle/tell';
import type { AgentRun } from './agent_run';

/** Every instance that is planned here learns that there is an agent that works, or that it is lost. */
export async function tellInstances({ state }: AgentRun, lost?: Omit<AgentLost, 'agent'>): Promise<void> {
  const agent = state.number;
  const works: AgentWorks = { agent, at: { machine: machineOf(state), address: addressOf(state) ?? '', host: state.place?.allocation.host ?? '' } };
  if (!lost && !isWorking(state)) return;
  const ids = state.instances.map((i) => instanceId(i.service, i.instance));
  await Promise.all(ids.map((id) => (lost ? tell(id, 'agentLost', { agent, ...lost } satisfies AgentLost) : tell(id, 'agentWorks', works))));
}

export const tellPlanner = ({ state }: AgentRun, signal: 'agentSilent' | 'agentBack'): Promise<boolean> => tell(PLANNER_ID, signal, { agent: state.number });
