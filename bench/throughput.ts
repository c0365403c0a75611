import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Figure, Site } from './figure';
import { newHome, startGrid, type RunningGrid } from './support/grid';
import { order, putProduct, ready } from './support/launched';
import { residentMb, sharedMb } from './support/proc';

const WARM_UP = 4;
const CLUSTERS = 60;
const PROCESSES = ['control', 'api', 'temporal'] as const;

/** Many clusters of one node ordered at once, until the last is ready, and what is kept of each. */
export const throughput: Bench = {
  name: 'throughput',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    const product = await putProduct(grid, 'bench');
    await launchAll(grid, product, WARM_UP);
    const before = stored(site, grid);
    site.tell(`launching ${CLUSTERS} clusters at once`);
    const startedAt = performance.now();
    const events = await launchAll(grid, product, CLUSTERS);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = stored(site, grid);
    const each = (pick: (of: Stored) => number) => (pick(after) - pick(before)) / CLUSTERS;
    const memory = PROCESSES.map((name): Figure => ({ what: `resident after that: ${name}`, value: residentMb(grid.pidOf(name)), unit: 'MB' }));
    if (site.server) memory.push({ what: 'resident after that: PostgreSQL', value: sharedMb(site.server.databasePids()), unit: 'MB' });
    await grid.stop();
    return [
      { what: `${CLUSTERS} clusters of 1 node ordered at once: launches`, value: CLUSTERS / seconds, unit: 'per s', note: `all ready after ${seconds.toFixed(1)} s` },
      { what: 'history events of a cluster with its order', value: events / CLUSTERS, unit: 'events' },
      ...(site.server ? [{ what: 'rows that a cluster leaves, with its order', value: each(({ rows }) => rows), unit: 'rows' as const }] : []),
      { what: 'what a cluster takes on disk, with its order', value: each(({ kB }) => kB), unit: 'kB', note: 'with what is not yet removed of tasks that are done' },
      ...memory,
    ];
  },
};

/** @returns how many events their histories have */
async function launchAll(grid: RunningGrid, product: string, count: number): Promise<number> {
  const events = await Promise.all(Array.from({ length: count }, async () => {
    const { cluster, job } = await order(grid, product, 1);
    const { events: own } = await ready(grid, cluster);
    return own + (await grid.client.workflow.getHandle(job).describe()).historyLength;
  }));
  return events.reduce((sum, one) => sum + one, 0);
}

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
