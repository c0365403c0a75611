import type { Reservation } from './compute';
import { parseClusterId } from './ids';

/** Who uses what of the computes. */

/** What somebody has, of one compute or of several. */
export interface Use {
  /** A lifecycle: a cluster, a service, or an agent that has no instances. */
  who: string;
  /** Whose it is; empty for what is there for all. */
  owner: string;
  compute: string;
  machines: number;
  /** What is reserved. */
  cpu: number;
  memMiB: number;
  /** What is taken of it, as far as it is measured; null where it is not. */
  usedCpu: number | null;
  usedMemMiB: number | null;
}

/** What the instances on an agent's machine take, and of which services they are. */
export interface AgentLoad {
  services: string[];
  usedCpu: number | null;
  usedMemMiB: number | null;
}

export const GROUPINGS = ['who', 'owner', 'compute'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** The grid's own agents reserve for the services on them: several on one machine share its line. */
export function usesOf(computes: readonly { name: string; reservations: readonly Reservation[] }[], agents: ReadonlyMap<string, AgentLoad>): Use[] {
  return computes.flatMap(({ name, reservations }) => reservations.map(({ owner: holder, allocations }) => {
    const load = agents.get(holder);
    const who = load && load.services.length > 0 ? load.services.map((service) => `service/${service}`).join(' ') : holder;
    const sum = (of: 'cpu' | 'memMiB') => rounded(allocations.reduce((total, one) => total + one[of], 0));
    return { who, owner: parseClusterId(holder)?.user ?? '', compute: name, machines: allocations.length, cpu: sum('cpu'), memMiB: sum('memMiB'), usedCpu: load?.usedCpu ?? null, usedMemMiB: load?.usedMemMiB ?? null };
  }));
}

/** One line for each of these, with all that it has; what is no longer one of a kind is left empty. The largest come first. */
export function ranked(uses: readonly Use[], by: Grouping): Use[] {
  const lines = new Map<string, Use>();
  for (const use of uses) {
    // Of one that is on several computes, each has its own line.
    const key = by === 'who' ? `${use.who}\0${use.compute}` : use[by];
    const had = lines.get(key);
    lines.set(key, had ? added(had, use) : { ...use, ...(by === 'who' ? {} : { who: '', owner: '', compute: '', [by]: use[by] }) });
  }
  return [...lines.values()].sort((a, b) => b.cpu - a.cpu || b.memMiB - a.memMiB || b.machines - a.machines || compare(nameOf(a), nameOf(b)));
}

const added = (a: Use, b: Use): Use => ({
  ...a, machines: a.machines + b.machines, cpu: rounded(a.cpu + b.cpu), memMiB: rounded(a.memMiB + b.memMiB), usedCpu: plus(a.usedCpu, b.usedCpu), usedMemMiB: plus(a.usedMemMiB, b.usedMemMiB),
});

/** What is not known of one is not zero, and does not hide what is known of the other. */
const plus = (a: number | null, b: number | null): number | null => (a === null && b === null ? null : rounded((a ?? 0) + (b ?? 0)));

/** Cpu is counted in thousandths of a core. */
const rounded = (amount: number): number => Math.round(amount * 1_000) / 1_000;

const nameOf = ({ who, owner, compute }: Use): string => `${who} ${owner} ${compute}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
