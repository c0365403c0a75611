import { instanceId, serviceId } from '../ids';
import { blockedStep, currentStep, whyOf } from '../lifecycle';
import { addressOf, isWorking, machineOf, type AgentState } from './agent_state';
import type { AgentIs, AgentStands } from './messages';

/** What the services are to know whose instances it has. */
export function agentIs(state: AgentState): AgentIs {
  const step = currentStep(state);
  const why = (step && whyOf(step)) ?? state.conditions[0]?.message ?? '';
  return {
    agent: state.number, progress: state.state, reason: step && why ? `${step.name}: ${why}` : why,
    blocked: blockedStep(state) !== undefined, over: state.over === true,
  };
}

export const servicesOn = ({ instances }: AgentState): string[] => [...new Set(instances.flatMap((i) => (i.instance === null ? [] : [serviceId(i.service)])))];

/** What its instances are to know of it. */
export function agentStands(state: AgentState): AgentStands {
  const { number: agent } = state;
  const replaced = state.operation?.kind === 'replace';
  const stillOld = replaced && state.steps[0]?.state !== 'done';
  if (isWorking(state) && !state.terminate && !stillOld) {
    return { agent, at: { machine: machineOf(state), address: addressOf(state) ?? '', host: state.place?.allocation.host ?? '' }, reason: '', gone: false };
  }
  const gone = state.over === true || state.terminate || replaced || state.silence?.verdict === 'lost';
  return { agent, at: null, reason: state.conditions[0]?.message ?? `agent ${agent}: ${state.state}`, gone, ...(state.over ? { over: true } : {}) };
}

export const instancesOn = ({ instances }: AgentState): string[] => instances.map((i) => instanceId(i.service, i.instance));
