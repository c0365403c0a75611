export interface Rate {
  perSecond: number;
  /** So many may come at once. */
  atOnce: number;
}

export interface Limit {
  /** False where there were too many. */
  take(who: string): boolean;
}

/** So many are remembered: whoever has not asked for longest is forgotten, which does him no harm. */
const MOST_KNOWN = 10_000;

/** How often each may ask: what was not used of it gathers up to a limit. */
export function openLimit({ perSecond, atOnce }: Rate, now: () => number = Date.now): Limit {
  const known = new Map<string, { left: number; at: number }>();
  return {
    take(who) {
      const at = now();
      const before = known.get(who) ?? { left: atOnce, at };
      const left = Math.min(atOnce, before.left + ((at - before.at) / 1_000) * perSecond);
      known.delete(who);
      known.set(who, { left: left < 1 ? left : left - 1, at });
      if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
      return left >= 1;
    },
  };
}
