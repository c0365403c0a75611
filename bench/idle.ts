import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBare } from './bare/start_bare';
import type { Bench, Figure, Site } from './figure';
import { bareNode } from './support/bare_node';
import { cpuShares, residentMb, sharedMb } from './support/proc';
import { request } from './support/request';
import { temporalAlone } from './support/temporal_alone';
import { thousand, type Thousand } from './support/thousand';

const PROCESSES = ['control', 'api', 'up', 'temporal'] as const;
const AT_ONCE = 4;
const SETTLE_MS = 10_000;
const WATCH_MS = 20_000;

/** What the grid takes while nothing happens, with 1,000 idle clusters each of which was looked at once. */
export const idle: Bench = {
  name: 'idle',
  run: async (site) => {
    const alone = site.server ? undefined : await temporalOnly(site);
    const many = await thousand(site);
    site.tell('looking at each cluster once');
    await touchAll(many);
    const pids = [...PROCESSES.map(many.grid.pidOf), ...(site.server?.databasePids() ?? [])];
    const residents = PROCESSES.map((name) => residentMb(many.grid.pidOf(name)));
    site.tell(`watching the idle grid for ${(SETTLE_MS + WATCH_MS) / 1000} s`);
    await sleep(SETTLE_MS);
    const shares = await cpuShares(pids, WATCH_MS);
    const floors: Partial<Record<string, number>> = { control: await bareWorkerMb(site, many), api: (await bareNode()).mb, temporal: alone?.mb };
    const limits: Partial<Record<string, number>> = { control: 300, api: 120 };
    const memory = PROCESSES.map((name, i): Figure => ({
      what: `resident: ${name}`, value: residents[i]!, unit: 'MB', ...given('floor', floors[name]), ...given('limit', limits[name]),
    }));
    if (site.server) memory.push({ what: 'resident: PostgreSQL', value: sharedMb(site.server.databasePids()), unit: 'MB', note: 'all its processes; what they share counts once' });
    const total = shares.reduce((sum, share) => sum + share, 0);
    const database = shares.slice(PROCESSES.length).reduce((sum, share) => sum + share, 0);
    const each = [...PROCESSES.map((name, i) => `${name} ${shares[i]!.toFixed(2)}`), ...(site.server ? [`PostgreSQL ${database.toFixed(2)}`] : [])].join(', ');
    return [...memory, { what: `cpu of all, idle for ${WATCH_MS / 1000} s`, value: total, unit: '%', ...given('floor', alone?.cpu), ...given('limit', alone && 5), note: `of one core: ${each}${alone ? '; the floor is Temporal alone' : ''}` }];
  },
};

const given = (name: 'floor' | 'limit', value: number | undefined) => (value === undefined ? {} : { [name]: value });

async function touchAll({ grid, ids }: Thousand): Promise<void> {
  const queue = [...ids];
  const lane = async () => {
    for (let id = queue.shift(); id; id = queue.shift()) await request(grid.api, 'GET', `/api/v1/lifecycles/${id}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function temporalOnly({ temporal, later }: Site): Promise<{ mb: number; cpu: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'grid-bench-'));
  later(async () => rmSync(dir, { recursive: true, force: true }));
  const alone = await temporalAlone(temporal, join(dir, 'alone.db'));
  later(alone.stop);
  await sleep(SETTLE_MS / 2);
  const [cpu] = await cpuShares([alone.pid], WATCH_MS / 2);
  const mb = residentMb(alone.pid);
  await alone.stop();
  return { mb, cpu: cpu! };
}

/** The floor of the control worker: a worker without a workflow. */
async function bareWorkerMb(site: Site, { grid }: Thousand): Promise<number> {
  return residentMb((await startBare(site, grid)).pid());
}
