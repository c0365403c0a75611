import { serviceId } from '../ids';
import { blockedStep } from '../lifecycle';
import type { AgentState } from './agent_state';
import type { AgentIs } from './messages';

/** What the services are to know whose instances it has. */
export function agentIs(state: AgentState): AgentIs {
  const step = state.steps.find((s) => s.state === 'blocked' || s.state === 'running');
  const why = (step?.state === 'blocked' ? step.lastError?.message : step?.waitingFor) ?? state.conditions[0]?.message ?? '';
  return {
    agent: state.number, progress: state.state, reason: step && why ? `${step.name}: ${why}` : why,
    blocked: blockedStep(state) !== undefined, over: state.over === true,
  };
}

export const servicesOn = ({ instances }: AgentState): string[] => [...new Set(instances.map((i) => serviceId(i.service)))];
