import { blockedStep, currentStep, whyOf } from '../lifecycle';
import { isUp, type InstanceState } from './instance_state';
import type { InstanceIs } from './messages';

/** What its service is to know of it. */
export const instanceIs = (state: InstanceState): InstanceIs => ({
  instance: state.instance, agent: state.agent, progress: state.state, generation: state.runsOn?.generation ?? 0,
  up: isUp(state), reason: reasonOf(state), blocked: blockedStep(state) !== undefined,
});

function reasonOf(state: InstanceState): string {
  const step = currentStep(state);
  const why = step && whyOf(step);
  return step && state.operation ? `${step.name}${why ? `: ${why}` : ''}` : (state.conditions[0]?.message ?? '');
}
