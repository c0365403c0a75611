import { problem, type Problem } from './errors';

/** What an owner may have at once; what is not named is not limited. cpu in cores. */
export interface Limits {
  machines?: number;
  cpu?: number;
  memMiB?: number;
}

/** What a cluster takes of it. In thousandths of a core, which add up exactly. */
export interface Size {
  machines: number;
  milliCpu: number;
  memMiB: number;
}

/** What an order wants a cluster to have. Repeated under the same job it is the same. */
export interface Claim {
  job: string;
  /** Null while a new one has no number yet. */
  cluster: string | null;
  /** Of the whole cluster, as it will be; undefined where only its number became known. */
  size?: Size;
}

export interface QuotaState {
  owner: string;
  limits: Limits;
  /** Clusters that were there when it was looked last, by id. */
  clusters: Record<string, Size>;
  /** Orders that were let through and may not have reached their cluster, by job. */
  orders: Record<string, { cluster: string | null; size: Size }>;
}

/** What there really is. */
export interface SeenOfOwner {
  /** Orders that are over, whatever became of them. */
  over: string[];
  /** Clusters that live. */
  sizes: Record<string, Size>;
  /** Clusters that do not, and never will again. */
  gone: string[];
}

export interface QuotaView {
  owner: string;
  limits: Limits;
  used: Required<Limits>;
  clusters: ({ id: string } & Required<Limits>)[];
}

const NOTHING: Size = { machines: 0, milliCpu: 0, memMiB: 0 };
const MEASURES = ['machines', 'milliCpu', 'memMiB'] as const;
type Measure = (typeof MEASURES)[number];
const WORDS: Record<Measure, string> = { machines: 'machines', milliCpu: 'cpu', memMiB: 'MiB of memory' };

export const newQuota = (owner: string): QuotaState => ({ owner, limits: {}, clusters: {}, orders: {} });

export const sizeOf = (nodes: readonly { cpu: number; memMiB: number }[]): Size => ({
  machines: nodes.length,
  milliCpu: nodes.reduce((sum, { cpu }) => sum + Math.round(cpu * 1000), 0),
  memMiB: nodes.reduce((sum, { memMiB }) => sum + memMiB, 0),
});

const each = (of: (measure: Measure) => number): Size => ({ machines: of('machines'), milliCpu: of('milliCpu'), memMiB: of('memMiB') });
const largest = (sizes: readonly Size[]): Size => each((m) => Math.max(0, ...sizes.map((size) => size[m])));
const sum = (sizes: readonly Size[]): Size => each((m) => sizes.reduce((n, size) => n + size[m], 0));

/** A cluster on its way to another size takes the larger of both. */
function sizesByCluster({ clusters, orders }: Pick<QuotaState, 'clusters' | 'orders'>): Map<string, Size> {
  const all = new Map(Object.entries(clusters));
  for (const [job, { cluster, size }] of Object.entries(orders)) {
    const id = cluster ?? `order ${job}`;
    all.set(id, largest([all.get(id) ?? NOTHING, size]));
  }
  return all;
}

export const usedOf = (state: Pick<QuotaState, 'clusters' | 'orders'>): Size => sum([...sizesByCluster(state).values()]);

const limitOf = ({ machines, cpu, memMiB }: Limits, measure: Measure): number => ({ machines, milliCpu: cpu === undefined ? undefined : Math.round(cpu * 1000), memMiB })[measure] ?? Infinity;

/**
 * Takes the claim, or says which limit it is over. What does not grow is taken in any case: an owner over a limit that was
 * lowered can still make his clusters smaller.
 */
export function takeClaim(state: QuotaState, { job, cluster, size }: Claim): Problem | undefined {
  const known = state.orders[job];
  if (size === undefined) {
    if (known) known.cluster = cluster;
    return undefined;
  }
  const { [job]: _mine, ...orders } = state.orders;
  const before = sizesByCluster({ clusters: state.clusters, orders });
  const now = (cluster !== null && before.get(cluster)) || NOTHING;
  const used = sum([...before.values()]);
  const over = MEASURES.filter((m) => size[m] > now[m] && used[m] - now[m] + size[m] > limitOf(state.limits, m));
  if (over.length > 0) return overQuota(state, over, used, each((m) => size[m] - now[m]));
  state.orders = { ...orders, [job]: { cluster, size } };
  return undefined;
}

const shown = (measure: Measure, n: number): number => (measure === 'milliCpu' ? n / 1000 : n);

function overQuota({ owner, limits }: QuotaState, over: readonly Measure[], used: Size, asked: Size): Problem {
  const said = over.map((m) => `${WORDS[m]}: ${shown(m, used[m])} of ${shown(m, limitOf(limits, m))} used, ${shown(m, asked[m])} more asked`);
  return problem(
    409, 'over_quota', `this is more than the quota of ${owner} allows: ${said.join('; ')}`,
    `Order less, destroy or scale down what is not needed (\`grid quota show ${owner}\` lists it), or have an admin raise it: \`grid quota set ${owner}\`.`, { field: 'quota' },
  );
}

/** What is there counts, whatever was thought to be; nothing that was claimed outlives its order and its cluster. */
export function takeSeen(state: QuotaState, { over, sizes, gone }: SeenOfOwner): void {
  for (const job of over) delete state.orders[job];
  Object.assign(state.clusters, sizes);
  for (const id of gone) delete state.clusters[id];
}

/** Clusters that have to be looked at, beside those that are found by their owner. */
export const toLookAt = ({ owner, clusters, orders }: QuotaState): { owner: string; jobs: string[]; clusters: string[] } => ({
  owner, jobs: Object.keys(orders), clusters: [...new Set([...Object.keys(clusters), ...Object.values(orders).flatMap(({ cluster }) => cluster ?? [])])],
});

const inCores = ({ machines, milliCpu, memMiB }: Size): Required<Limits> => ({ machines, cpu: milliCpu / 1000, memMiB });

export const viewQuota = (state: QuotaState): QuotaView => ({
  owner: state.owner, limits: state.limits, used: inCores(usedOf(state)),
  clusters: [...sizesByCluster(state)].map(([id, size]) => ({ id, ...inCores(size) })).sort((a, b) => (a.id < b.id ? -1 : 1)),
});

/** Enough for lists, small enough for a memo. */
export type QuotaSummary = Omit<QuotaView, 'clusters'>;
export const summariseQuota = ({ clusters: _, ...summary }: QuotaView): QuotaSummary => summary;
