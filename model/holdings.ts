import type { Problem } from './errors';
import type { Counted, Held, Hold, Holding, Holdings } from './messages';

/** Takes a wish; an older one changes nothing. False then. */
export function takeHold(holdings: Holdings, { service, number, sequence }: Hold): boolean {
  const known = holdingOf(holdings, service);
  if (known && known.sequence >= sequence) return false;
  holdings[service] = { running: null, applied: null, problem: null, ...known, wanted: number, sequence };
  return true;
}

/** Takes what was seen; what was seen of an older wish says nothing. */
export function takeCounted(holdings: Holdings, { service, wanted, running, applied, problem }: Counted): boolean {
  const known = holdingOf(holdings, service);
  if (!known || known.wanted !== wanted) return false;
  Object.assign(known, { running, problem }, applied === undefined ? {} : { applied });
  return true;
}

/** Names are users': one like `constructor` is no service because every object has it. */
export const holdingOf = (holdings: Holdings | undefined, service: string): Holding | undefined =>
  holdings && Object.hasOwn(holdings, service) ? holdings[service] : undefined;

/** Nothing is wanted there any more and the connector agreed: it can be forgotten. */
export const isOver = ({ wanted, applied, running }: Holding): boolean => wanted === 0 && applied === 0 && (running === 0 || running === null);

/** What the service is to know of it. */
export const heldOf = (compute: string, service: string, { sequence, wanted, running, applied, problem }: Holding): Held => ({
  compute, service, sequence, wanted, running, applied: applied === wanted,
  reason: problem?.message ?? '',
});

export const unreachableOf = (holdings: Holdings | undefined): Problem | undefined =>
  Object.values(holdings ?? {}).map(({ problem }) => problem).find((problem) => problem?.code === 'connector_unreachable') ?? undefined;

export function summariseHoldings(holdings: Holdings | undefined): Record<string, number> {
  if (!holdings) return {};
  const all = Object.values(holdings);
  return { services: all.length, wanted: all.reduce((n, h) => n + h.wanted, 0), running: all.reduce((n, h) => n + (h.running ?? h.applied ?? 0), 0) };
}
