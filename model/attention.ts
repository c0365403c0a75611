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

/** What goes on only when somebody does something, the most urgent first. */
export const needsAPerson = (lifecycles: readonly Summary[]): Summary[] => {
  const rank = ({ conditions }: Summary) => Math.min(...conditions.map((c) => URGENT.indexOf(c.type)).filter((i) => i >= 0), URGENT.length);
  return lifecycles.filter((l) => !OVER.includes(l.state) && rank(l) < URGENT.length).sort((a, b) => rank(a) - rank(b));
};
