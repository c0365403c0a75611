import { canTake, put, takeBack, type Board } from './board';
import type { Demand } from './compute';

/** Looks at hosts before a round is given up; a workflow task waits meanwhile. */
const MAX_LOOKS = 6_000;
const MAX_ROUNDS = 4;

/**
 * Looks for a host for every node by trial and error: what does not work out is taken back. When it ends by itself it
 * is exact, and `none` means that there is no way; else it begins anew, a few times, with the node first that most
 * often found no host, and at last gives up (`unknown`).
 * @returns the host of each node by name
 */
export function search(board: Board, order: readonly Demand[]): Map<string, string> | 'none' | 'unknown' {
  let next = order;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = tryAll(board, next);
    if (!('hardest' in found)) return found.hosts ?? 'none';
    const { hardest } = found;
    next = [hardest, ...next.filter((demand) => demand !== hardest)];
  }
  return 'unknown';
}

function tryAll(board: Board, order: readonly Demand[]): { hosts: Map<string, string> | undefined } | { hardest: Demand } {
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
  for (let looks = 0; chosen.length < order.length; ) {
    const demand = order[chosen.length]!;
    let at = Math.max(from, chosen[alike[chosen.length]!] ?? 0);
    for (; at < sites.length && !canTake(board, sites[at]!, demand); at++) looks++;
    if (at < sites.length) {
      put(board, sites[at]!, demand);
      chosen.push(at);
      from = 0;
      continue;
    }
    failures.set(demand, (failures.get(demand) ?? 0) + 1);
    if (chosen.length === 0) return { hosts: undefined };
    if (looks++ > MAX_LOOKS) {
      while (chosen.length > 0) back();
      return { hardest: [...failures].reduce((most, one) => (one[1] > most[1] ? one : most))[0] };
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
