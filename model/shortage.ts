import { networksOf, type AddressShortage } from './addresses';
import type { Allocation, Demand, Reservation } from './compute';
import type { Capacity } from './machine';
import { sayObjections } from './objections';
import type { Stuck } from './pack';
import { emptyHosts, poolSize, roomLeft, takenAddresses, type HostRoom } from './room';
import { milliCpu } from './tally';

/** Why there is no place: a node without a host, or one without an address, or both. */
export interface Shortage {
  node?: Stuck;
  address?: AddressShortage;
}

/** One thing there is too little of: what is said about it, and how much of it an allocation holds. */
interface Short {
  text: string;
  /** Of one, and of any other number. */
  unit: [one: string, many: string];
  of: (allocation: Allocation) => number;
}

const MAX_HOLDERS = 3;

/** Said where it is not certain that there is no way. */
export const UNSURE = ' (not every way to place the nodes could be tried)';

/**
 * Why nodes wait, as a person reads it: everything there is too little of in all, then host by host why the first node
 * without one finds none, then who holds most of what is short, such as "cpu: needs 3, 1.5 of 16 free on 2 hosts;
 * node n1: host1: cpu 2 of 0.5 left; host2: apart from db (n0 is there); held by cluster/… (2 cpu)".
 */
export function whyWaiting(capacity: Capacity, held: readonly Reservation[], wanted: readonly Demand[], { node, address }: Shortage): string {
  const room = roomLeft(capacity, held);
  const inSum = node ? shortInSum(capacity, room, wanted) : [];
  const addresses = address ? shortOfAddresses(capacity, held, wanted, address) : [];
  const onHosts = node && (inSum.length === 0 || room.length > 1) ? nodeOnHosts(node) : '';
  const short = [...(node && inSum.length === 0 ? shortOnHosts(node) : inSum), ...addresses];
  return [...inSum.map((s) => s.text), onHosts, ...addresses.map((s) => s.text), heldBy(held, short)].filter(Boolean).join('; ');
}

const cpu: Omit<Short, 'text'> = { unit: ['cpu', 'cpu'], of: (a) => milliCpu(a.cpu) / 1_000 };
const mem: Omit<Short, 'text'> = { unit: ['MiB', 'MiB'], of: (a) => a.memMiB };
const disks: Omit<Short, 'text'> = { unit: ['disk', 'disks'], of: (a) => a.disks.length };

/** To the thousandth, which is as finely as cpu is counted. */
const exact = (amount: number) => Math.round(amount * 1_000) / 1_000;

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

function shortInSum(capacity: Capacity, room: HostRoom[], wanted: readonly Demand[]): Short[] {
  const on = room.length === 1 ? room[0]!.name : `${room.length} hosts`;
  const total = emptyHosts(capacity);
  const line = (name: string, kind: Omit<Short, 'text'>, need: number, amount: (host: HostRoom) => number): Short[] => {
    const [free, of] = [exact(sum(room.map(amount))), exact(sum(total.map(amount)))];
    return need > free ? [{ ...kind, text: `${name}: needs ${need}, ${free} of ${of} free on ${on}` }] : [];
  };
  return [
    ...line('cpu', cpu, sum(wanted.map((d) => milliCpu(d.cpu))) / 1_000, (host) => host.milliCpu / 1_000),
    ...line('mem MiB', mem, sum(wanted.map((d) => d.memMiB)), (host) => host.memMiB),
    ...line('disks', disks, sum(wanted.map((d) => d.disks.length)), (host) => host.disks.length),
  ];
}

/** What a host has too little of for the node that finds none; the rules between nodes are nobody's to give back. */
function shortOnHosts({ demand, hosts }: Stuck): Omit<Short, 'text'>[] {
  const named = { ...disks, of: (a: Allocation) => a.disks.filter((disk) => demand.disks.includes(disk)).length };
  const lacking = (kind: string, short: Omit<Short, 'text'>) => {
    const on = new Set(hosts.filter(({ objections }) => objections.some((objection) => objection.kind === kind)).map(({ host }) => host));
    return on.size > 0 ? [{ unit: short.unit, of: (a: Allocation) => (on.has(a.host) ? short.of(a) : 0) }] : [];
  };
  return [...lacking('cpu', cpu), ...lacking('mem', mem), ...lacking('disks', demand.customDisks ? named : disks)];
}

/** Host by host, where the sums do not already say it all. */
function nodeOnHosts({ demand, hosts, sure }: Stuck): string {
  return `node ${demand.node}: ${sayObjections(hosts)}${sure ? '' : UNSURE}`;
}

function shortOfAddresses(capacity: Capacity, held: readonly Reservation[], wanted: readonly Demand[], { node, wish }: AddressShortage): Short[] {
  const pool = capacity.networks.find((p) => p.name === wish.network);
  const total = pool ? poolSize(pool) : 0;
  const unit: Short['unit'] = ['address', 'addresses'];
  if (wish.address) {
    const of = (a: Allocation) => a.networks.filter((n) => n.network === wish.network && n.address === wish.address).length;
    return [{ unit, of, text: `network ${wish.network}: ${node} needs ${wish.address}, which is not free` }];
  }
  const need = sum(wanted.map((d) => networksOf(capacity, d).filter((n) => n.network === wish.network).length));
  const free = total - takenAddresses(held, wish.network).size;
  const of = (a: Allocation) => a.networks.filter((n) => n.network === wish.network).length;
  return [{ unit, of, text: `network ${wish.network}: needs ${need} addresses, ${free} of ${total} free` }];
}

/** Those who hold most of what is short, so that a person knows whom to ask. */
function heldBy(held: readonly Reservation[], short: readonly Omit<Short, 'text'>[]): string {
  const holders = held
    .map(({ owner, allocations }) => ({ owner, amounts: short.map((s) => sum(allocations.map(s.of))) }))
    .filter(({ amounts }) => amounts.some((amount) => amount > 0))
    .sort((a, b) => b.amounts[0]! - a.amounts[0]! || (a.owner < b.owner ? -1 : 1));
  if (holders.length === 0) return '';
  const say = ({ owner, amounts }: (typeof holders)[number]) =>
    `${owner} (${amounts.flatMap((amount, i) => (amount > 0 ? [amountOf(amount, short[i]!.unit)] : [])).join(', ')})`;
  const more = holders.length > MAX_HOLDERS ? ` and ${holders.length - MAX_HOLDERS} more` : '';
  return `held by ${holders.slice(0, MAX_HOLDERS).map(say).join(', ')}${more}`;
}

const amountOf = (amount: number, [one, many]: Short['unit']) => `${exact(amount)} ${amount === 1 ? one : many}`;
