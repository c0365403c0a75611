import { canTake, put, takeBack, type Board } from './board';
import type { Demand } from './compute';

/** Looks at hosts, all in all: a workflow task waits meanwhile. */
const MAX_LOOKS = 20_000;
/** After so many a round is given up when it is stuck: many short ones find more than a long one. */
const SHORT_ROUND = 250;
/** The last one, long enough to be sure of a small order. */
const LAST_ROUND = 8_000;

/**
 * Looks for a host for every node by trial and error: what does not work out is taken back. A round that ends by itself
 * is exact, and `none` means that there is no way; else the next one begins anew, with the node first that most often
 * found no host. After the last one it is not known.
 * @returns the host of each node by name
 */
export function search(board: Board, order: readonly Demand[]): Map<string, string> | 'none' | 'unknown' {
  let next = order;
  for (let looks = 0; ; ) {
    const isLast = looks > MAX_LOOKS - LAST_ROUND;
    const round = tryAll(board, next, isLast ? LAST_ROUND : SHORT_ROUND);
    if (!('hardest' in round)) return round.hosts ?? 'none';
    if (isLast) return 'unknown';
    looks += round.looks;
    next = [round.hardest, ...next.filter((demand) => demand !== round.hardest)];
  }
}

function tryAll(board: Board, order: readonly Demand[], maxLooks: number): { hosts: Map<string, string> | undefined } | { hardest: Demand; looks: number } {
  const { sites } = board;
  const alike = lastAlike(order);
  const failures = new Map<Demand, number>();
  const chosen: number[] = [];
  const back = (): number => {
    const at = chosen.pop()!;
    takeBack(board, sites[at]!, order[chosen.length]!);
    return at;
  };
  let from = 0;
  let looks = 0;
  while (chosen.length < order.length) {
    const demand = order[chosen.length]!;
    let at = Math.max(from, chosen[alike[chosen.length]!] ?? 0);
    while (at < sites.length && !canTake(board, sites[at]!, demand)) at++;
    looks += at - from + 1;
    if (at < sites.length) {
      put(board, sites[at]!, demand);
      chosen.push(at);
      from = 0;
      continue;
    }
    failures.set(demand, (failures.get(demand) ?? 0) + 1);
    if (chosen.length === 0) return { hosts: undefined };
    if (looks > maxLooks) {
      while (chosen.length > 0) back();
      return { hardest: [...failures].reduce((most, one) => (one[1] > most[1] ? one : most))[0], looks };
    }
    from = back() + 1;
  }
  return { hosts: new Map(order.map((demand, i) => [demand.node, sites[chosen[i]!]!.name])) };
}

/** For every node the last one before it that asks the same, or -1: such nodes are tried on ascending hosts only, as they are interchangeable. */
function lastAlike(order: readonly Demand[]): number[] {
  const last = new Map<string, number>();
  return order.map((demand, i) => {
    const asked = JSON.stringify({ ...demand, node: '', networks: [] });
    const before = last.get(asked) ?? -1;
    last.set(asked, i);
    return before;
  });
}
