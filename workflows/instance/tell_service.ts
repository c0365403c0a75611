import { serviceId } from '../../model/ids';
import { blockedStep } from '../../model/lifecycle';
import { isUp, type InstanceState } from '../../model/services/instance_state';
import type { InstanceIs } from '../../model/services/messages';
import { tell } from '../lifecycle/tell';
import type { InstanceRun } from './instance_run';

/** Its service learns how it is. */
export async function tellService({ state }: InstanceRun): Promise<void> {
  const is: InstanceIs = {
    instance: state.instance, agent: state.agent, progress: state.state, generation: state.runsOn?.generation ?? 0,
    up: isUp(state), reason: reasonOf(state), blocked: blockedStep(state) !== undefined,
  };
  await tell(serviceId(state.service), 'instanceIs', is);
}

function reasonOf(state: InstanceState): string {
  const step = state.steps.find((s) => s.state === 'blocked' || s.state === 'running');
  const why = step?.state === 'blocked' ? step.lastError?.message : step?.waitingFor;
  return step && state.operation ? `${step.name}${why ? `: ${why}` : ''}` : (state.conditions[0]?.message ?? '');
}
