import { clearCondition, setCondition } from '../../model/lifecycle';
import { now } from '../lifecycle/run';
import type { ServiceRun } from './service_run';

/** Degraded is true exactly while an instance that should run does not, or is not known to. */
export function showLack({ state }: ServiceRun): void {
  const missing = state.instances.filter((i) => (!i.up || i.reason !== '') && !i.leaving).map((i) => `instance ${i.instance}: ${i.reason || i.progress}`);
  const elsewhere = Object.values(state.held ?? {}).filter((h) => h.reason !== '').map((h) => h.reason);
  const lack = [...missing, ...elsewhere];
  if (lack.length === 0 || state.state !== 'SERVICE_INSTALLED') return clearCondition(state, 'Degraded');
  setCondition(state, 'Degraded', missing.length > 0 ? 'instance_missing' : 'connector_silent', lack.join('; ').slice(0, 1000), now());
}
