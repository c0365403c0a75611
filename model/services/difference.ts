import { currentGeneration, unsettled, type KnownInstance, type ServiceState } from './service_state';
import type { PlannedInstance } from './wish';

type Known = Pick<ServiceState, 'plan' | 'instances' | 'generations' | 'agents' | 'held'>;

const planned = ({ plan }: Known): PlannedInstance[] => (plan.uninstall ? [] : plan.instances);

const has = (state: Known, place: PlannedInstance) =>
  state.instances.some((i) => i.instance === place.instance && i.agent === place.agent && !i.leaving);

/** Places of the plan that nobody has yet. A number whose last instance is still on its way out waits for that. */
export const missing = (state: Known): PlannedInstance[] => planned(state).filter((place) => !has(state, place));

/** Instances that the plan does not have any more, or has on another agent. */
export const surplus = (state: Known): KnownInstance[] =>
  state.instances.filter((i) => i.leaving || !planned(state).some((p) => p.instance === i.instance && p.agent === i.agent));

export const staying = (state: Known): KnownInstance[] => {
  const going = new Set(surplus(state));
  return state.instances.filter((i) => !going.has(i));
};

/** Those that may go now: while a service moves to another compute none does before all that it is to have is up. */
export const mayGo = (state: Known): KnownInstance[] => {
  const held = state.plan.moving === true && !(missing(state).length === 0 && staying(state).every((i) => i.up));
  return surplus(state).filter((i) => !held || i.leaving);
};

/** Those that run something older than what they are to be made of. */
export const outdated = (state: Known): KnownInstance[] =>
  staying(state).filter((i) => i.generation !== 0 && i.generation !== currentGeneration(state as ServiceState).number);

/** Agents that have nothing planned any more and are not terminated yet. */
export const surplusAgents = (state: Known): number[] =>
  state.agents.filter((agent) => !planned(state).some((p) => p.agent === agent) && !state.instances.some((i) => i.agent === agent));

export const isConverged = (state: Known): boolean =>
  missing(state).length === 0 && surplus(state).length === 0 && surplusAgents(state).length === 0 && outdated(state).length === 0 && state.instances.every((i) => i.up) && unsettled(state).length === 0;

/** It ended: nothing of it runs, and nobody is there who could be told anything. */
export const isGone = ({ progress }: KnownInstance): boolean => progress === 'INSTANCE_STOPPED' || progress === 'INSTANCE_UNREACHABLE';
