import type { Allocation, Demand } from '../compute';
import type { Answer, ComputeState, Waiting } from '../compute_state';
import { NOTHING_NEW } from '../drain';
import { keep } from '../keep';
import { grantedTo, ofGroup } from '../placement';
import type { Offered, Orders } from './messages';

/** What a compute on Mesos has written down: who has what, and who waits for offers. Where there is room is not for it to say. */

/** What a node that names no network is in: that of its host. */
const HOST_NETWORK = { name: 'host', first: '', last: '' };

const NOT_YET = 'no offer came yet';
const FIXED_ADDRESS = 'a node on Mesos has the address of its host, and no other';

/** Grants an order of which all nodes have what they ask; the others wait for offers. */
export function wait(state: ComputeState, { reason: said, ...wish }: Waiting): Answer[] {
  const { owner, request, demands } = wish;
  const fixed = demands.find(({ networks }) => networks.some(({ address }) => address));
  if (fixed) return [{ owner, message: { request, result: { kind: 'impossible', reason: FIXED_ADDRESS, field: `nodes.${fixed.node}.networks` } } }];
  if (openOf(state, owner, demands).length === 0) return [grant(state, wish, [])];
  const reason = isHeldBack(state, owner) ? NOTHING_NEW : said === NOTHING_NEW || said === '' ? NOT_YET : said;
  state.waiting.push({ ...wish, reason });
  return reason === said ? [] : [{ owner, message: { request, result: { kind: 'waiting', reason } } }];
}

/** Takes what became of offers; of an order that does not wait any more it means nothing. */
export function noteOffered(state: ComputeState, { placed, waits, moved }: Offered): Answer[] {
  const waiting = (owner: string, request: string) => state.waiting.find((one) => one.owner === owner && one.request === request);
  for (const { owner, allocations } of moved) {
    const before = state.reservations[owner];
    if (before) state.reservations[owner] = { ...before, allocations: before.allocations.map((one) => allocations.find(({ node }) => node === one.node) ?? one) };
  }
  const answers: Answer[] = [];
  for (const { owner, request, allocations } of placed) {
    const wish = waiting(owner, request);
    if (!wish) continue;
    state.waiting = state.waiting.filter((one) => one !== wish);
    answers.push(grant(state, wish, allocations));
  }
  for (const { owner, request, reason, done, total } of waits) {
    const wish = waiting(owner, request);
    if (!wish) continue;
    wish.reason = reason;
    answers.push({ owner, message: { request, result: { kind: 'waiting', reason, progress: { done, total } } } });
  }
  return answers;
}

function grant(state: ComputeState, { owner, request, demands }: Pick<Waiting, 'owner' | 'request' | 'demands'>, placed: readonly Allocation[]): Answer {
  const { ledger, allocations } = grantedTo(state, owner, demands, [...keptOf(state, owner, demands).values(), ...placed]);
  state.reservations = ledger.reservations;
  return { owner, message: { request, result: { kind: 'granted', allocations, connector: state.connector, diskRoot: state.capacity.diskRoot } } };
}

const mineOf = (state: ComputeState, owner: string): Allocation[] => state.reservations[owner]?.allocations ?? [];

const keptOf = (state: ComputeState, owner: string, demands: readonly Demand[]): Map<string, Allocation> =>
  keep({ ...state.capacity, networks: [HOST_NETWORK] }, mineOf(state, owner), demands);

const openOf = (state: ComputeState, owner: string, demands: readonly Demand[]): Demand[] => {
  const kept = keptOf(state, owner, demands);
  return demands.filter(({ node }) => !kept.has(node));
};

/** Nothing new is placed here, and whoever has something keeps it. */
const isHeldBack = ({ draining, reservations }: ComputeState, owner: string): boolean => draining !== undefined && !reservations[owner];

/** As the framework is told it. */
export function ordersOf(state: ComputeState): Orders {
  return {
    waiting: state.waiting.filter(({ owner }) => !isHeldBack(state, owner)).map(({ owner, request, demands }) => {
      const open = openOf(state, owner, demands);
      const staying = mineOf(state, owner).filter(({ node }) => !open.some((demand) => demand.node === node));
      return { owner, request, demands: open, mine: [...staying, ...ofGroup(state, owner, open)] };
    }),
    reservations: Object.values(state.reservations),
  };
}
