import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Figure, Site } from './figure';
import { newHome, startGrid, type RunningGrid } from './support/grid';
import { order, putProduct, ready } from './support/launched';
import { residentMb, sharedMb } from './support/proc';

const WARM_UP = 4;
const CLUSTERS = 60;
const ORDERERS = 8;
const PROCESSES = ['control', 'api', 'temporal'] as const;

/** Many clusters of one node, ordered by several at once, until the last is ready, and what is kept of each. */
export const throughput: Bench = {
  name: 'throughput',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    const product = await putProduct(grid, 'bench');
    await launchAll(grid, product, WARM_UP);
    const before = stored(site, grid);
    site.tell(`launching ${CLUSTERS} clusters`);
    const startedAt = performance.now();
    const events = await launchAll(grid, product, CLUSTERS);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = stored(site, grid);
    const each = (pick: (of: Stored) => number) => (pick(after) - pick(before)) / CLUSTERS;
    const memory = PROCESSES.map((name): Figure => ({ what: `resident after that: ${name}`, value: residentMb(grid.pidOf(name)), unit: 'MB' }));
    if (site.server) memory.push({ what: 'resident after that: PostgreSQL', value: sharedMb(site.server.databasePids()), unit: 'MB' });
    await grid.stop();
    return [
      { what: `${CLUSTERS} clusters of 1 node, ordered by ${ORDERERS} at once: launches`, value: CLUSTERS / seconds, unit: 'per s', note: `all ready after ${seconds.toFixed(1)} s` },
      { what: 'history events of a cluster with its order', value: events / CLUSTERS, unit: 'events' },
      ...(site.server ? [{ what: 'rows that a cluster leaves, with its order', value: each(({ rows }) => rows), unit: 'rows' as const }] : []),
      { what: 'what a cluster takes on disk, with its order', value: each(({ kB }) => kB), unit: 'kB', note: 'with what is not yet removed of tasks that are done' },
      ...memory,
    ];
  },
};

/** Ordered by so many who wait for the answer before they order again. @returns how many events their histories have */
async function launchAll(grid: RunningGrid, product: string, count: number): Promise<number> {
  const launched: Promise<number>[] = [];
  const orderer = async () => {
    while (launched.length < count) {
      const ordered = order(grid, product, 1);
      launched.push(ordered.then((one) => eventsOf(grid, one)));
      await ordered;
    }
  };
  await Promise.all(Array.from({ length: ORDERERS }, orderer));
  return (await Promise.all(launched)).reduce((sum, one) => sum + one, 0);
}

async function eventsOf(grid: RunningGrid, { cluster, job }: Ordered): Promise<number> {
  const { events } = await ready(grid, cluster);
  return events + (await grid.client.workflow.getHandle(job).describe()).historyLength;
}

type Ordered = Awaited<ReturnType<typeof order>>;

interface Stored {
  rows: number;
  kB: number;
}

/** Of a file, without rows: with what waits in its log. */
function stored({ server }: Site, { path }: RunningGrid): Stored {
  if (server) return server.stored();
  const bytes = readdirSync(path).filter((name) => /\.db(-wal)?$/.test(name)).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  return { rows: 0, kB: bytes / 1000 };
}
