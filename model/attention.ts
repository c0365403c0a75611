import type { Summary } from './lifecycle';
import { OVER } from './states';

/** How many there are of each kind in each state: `{cluster: {ready: 3}}`. */
export function countsOf(lifecycles: readonly Pick<Summary, 'kind' | 'state'>[]): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const { kind, state } of lifecycles) {
    const states = (counts[kind] ??= {});
    states[state] = (states[state] ?? 0) + 1;
  }
  return counts;
}

const URGENT = ['Blocked', 'Degraded', 'Unreachable', 'Paused'];

/** How urgent it is, 0 the most; undefined for what goes by itself. */
function urgency({ state, conditions }: Summary): number | undefined {
  if (OVER.includes(state)) return undefined;
  const ranks = conditions.map(({ type }) => URGENT.indexOf(type)).filter((rank) => rank >= 0);
  return ranks.length === 0 ? undefined : Math.min(...ranks);
}

/** What goes on only when somebody does something, the most urgent first. */
export const needsAPerson = (lifecycles: readonly Summary[]): Summary[] =>
  lifecycles.filter((one) => urgency(one) !== undefined).sort((a, b) => urgency(a)! - urgency(b)!);

const compare = new Intl.Collator('en', { numeric: true }).compare;

/** What needs a person before all else, then by id. */
export const urgentFirst = (lifecycles: readonly Summary[]): Summary[] =>
  [...lifecycles].sort((a, b) => (urgency(a) ?? URGENT.length) - (urgency(b) ?? URGENT.length) || compare(a.id, b.id));
