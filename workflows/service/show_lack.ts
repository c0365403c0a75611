import { clearCondition, setCondition } from '../../model/lifecycle';
import { now } from '../lifecycle/run';
import type { ServiceRun } from './service_run';

/** Degraded is true exactly while an instance that should run does not, or is not known to. */
export function showLack({ state }: ServiceRun): void {
  const missing = state.instances.filter((i) => (!i.up || i.reason !== '') && !i.leaving);
  if (missing.length === 0 || state.state !== 'SERVICE_INSTALLED') return clearCondition(state, 'Degraded');
  setCondition(state, 'Degraded', 'instance_missing', missing.map((i) => `instance ${i.instance}: ${i.reason || i.progress}`).join('; ').slice(0, 1000), now());
}
