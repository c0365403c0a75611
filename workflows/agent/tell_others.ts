import { instanceId, PLANNER_ID, serviceId } from '../../model/ids';
import { blockedStep } from '../../model/lifecycle';
import { addressOf, isWorking, machineOf } from '../../model/services/agent_state';
import type { AgentIs, AgentLost, AgentWorks } from '../../model/services/messages';
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

/** The services whose instances are here learn how it is. */
export async function tellServices({ state }: AgentRun): Promise<void> {
  const step = state.steps.find((s) => s.state === 'blocked' || s.state === 'running');
  const reason = (step?.state === 'blocked' ? step.lastError?.message : step?.waitingFor) ?? state.conditions[0]?.message ?? '';
  const is: AgentIs = { agent: state.number, progress: state.state, reason: step && reason ? `${step.name}: ${reason}` : reason, blocked: blockedStep(state) !== undefined, over: state.over === true };
  const services = new Set(state.instances.map((i) => i.service));
  await Promise.all([...services].map((service) => tell(serviceId(service), 'agentIs', is)));
}

export const tellPlanner = ({ state }: AgentRun, signal: 'agentSilent' | 'agentBack'): Promise<boolean> => tell(PLANNER_ID, signal, { agent: state.number });
