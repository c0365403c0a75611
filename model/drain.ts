import type { Code } from './codes';
import type { Ledger } from './compute';
import { isCounted } from './counted';
import { problem, type Problem } from './errors';
import { computeId } from './ids';
import type { Draining, Holdings } from './messages';

/** What of a compute's state says whether it can be drained, and who is there. */
interface Place {
  name: string;
  state: string;
  connector: string;
  reservations: Ledger['reservations'];
  holdings?: Holdings;
  draining?: Draining;
}

export const NOTHING_NEW = 'it is drained: nothing new is placed there until `undrain`';

/** @param target the compute where everything is to go, as far as it is known */
export function refuseDrain(state: Place, { to, connector }: { to: string; connector: string }): Problem | undefined {
  const no = (code: Code, message: string, fix: string) => problem(409, code, `${computeId(state.name)}: ${message}`, fix, { field: 'to' });
  if (state.state === 'removed') return no('removed', 'it was removed', 'There is nothing to drain.');
  if (state.state === 'probing') return no('not_ready', 'what it has is not known yet, so nothing is there', 'Remove it, or wait until it is ready.');
  if (to === state.name) return no('same_compute', 'what runs there cannot go where it is', 'Name another compute: {"to": "…"}; `grid computes` lists them.');
  if (isCounted(state.connector) !== isCounted(connector)) return no('other_kind', `what runs there cannot go to ${to}: only one of the two starts machines for the grid`, 'Name a compute of the same kind.');
  return state.draining && state.draining.to !== to ? no('already_draining', `it is being drained to ${state.draining.to}`, 'Undrain it first, or let it go on.') : undefined;
}

export const refuseUndrain = (state: Place): Problem | undefined =>
  state.draining ? undefined : problem(409, 'not_draining', `${computeId(state.name)}: it is not drained`, 'Use drain first.');

/** Who has something there: what a drain waits for. */
export const holdersOf = ({ reservations, holdings = {} }: Pick<Place, 'reservations' | 'holdings'>): string[] =>
  [...Object.keys(reservations), ...Object.keys(holdings).map((service) => `service/${service}`)];

/** `draining` while somebody has something there, then `drained`. */
export const drainState = (state: Place): 'draining' | 'drained' | undefined =>
  state.draining && (holdersOf(state).length > 0 ? 'draining' : 'drained');
