import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { projectRoot } from '../config';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../model/messages';
import { agentId, CAPACITY_ID } from '../model/ids';
import { endOperation } from '../model/lifecycle';
import { newService, type ServiceState } from '../model/services/service_state';
import type { Bench, Figure, Site } from './figure';
import type { RunningGrid } from './support/grid';
import { request } from './support/request';
import { median, percentile, timeEach } from './support/statistics';
import { MANY, thousand, type Thousand } from './support/thousand';
import { until } from './support/until';

const CHROMIUM = '/usr/bin/chromium';
const WARM_UP = 20;
const READS = 200;
const LISTED = 100;
const STATUSES = 10;
const AT_ONCE = 100;
/** A tab is open this long before its memory is looked at, and then so long again. */
const SETTLED_MS = 30_000;
const OPEN_MS = 240_000;
const BETWEEN_CHANGES_MS = 250;
const TOLD_EVERY_MS = 300_000;

/** What people look at while there are 1,000 clusters and 1,000 services, and what a tab that is left open takes while they change. */
export const pages: Bench = {
  name: 'pages',
  run: async (site) => {
    const { grid, ids } = await everything(site);
    site.tell('looking at pages');
    const timed = async (path: string): Promise<Figure> => {
      const [samples, bare] = [await timesOf(() => request(grid.api, 'GET', path)), await timesOf(asked(grid, path))];
      const [value, floor, middle] = [percentile(samples, 0.99), percentile(bare, 0.99), `medians ${median(samples).toFixed(1)} and ${median(bare).toFixed(1)} ms`];
      site.tell(`${path}: ${middle}, p99 ${value.toFixed(1)} and ${floor.toFixed(1)} ms`);
      return { what: path.startsWith('/api/') ? `GET ${path}` : `the page ${path}`, value, floor, unit: 'ms', limit: 100, note: `p99 of ${READS}, ${middle}; the floor is the same asked of Temporal` };
    };
    const figures: Figure[] = [];
    for (const path of ['/', '/ui/lifecycles?kind=cluster', '/ui/lifecycles?kind=service', `/ui/lifecycles/${ids[0]}`, '/ui/lifecycles/service/s1', '/api/v1/lifecycles?kind=service&limit=100']) figures.push(await timed(path));
    const statuses = await timeEach(STATUSES, () => promisify(execFile)(process.execPath, [join(projectRoot(), 'dist', 'grid.js'), 'status'], { env: { ...grid.env, GRID_API: grid.api } }));
    figures.push({ what: '`grid status`, the command', value: Math.max(...statuses) / 1000, unit: 's', limit: 1, note: `the longest of ${STATUSES}, median ${median(statuses).toFixed(0)} ms` });
    return existsSync(CHROMIUM) ? [...figures, await tabLeftOpen(site, grid, ids, OPEN_MS, BETWEEN_CHANGES_MS)] : figures;
  },
};

const timesOf = async (look: () => Promise<unknown>): Promise<number[]> => {
  await timeEach(WARM_UP, look);
  return timeEach(READS, look);
};

/** What a page shows, asked of Temporal alone: a list of as many, or a lifecycle, and of a service its rules and its agent. */
function asked({ client: { workflow, workflowService }, namespace }: RunningGrid, path: string): () => Promise<unknown> {
  const of = (id: string) => Promise.all([workflow.getHandle(id).query('document'), workflow.getHandle(id).describe()]);
  const id = /^\/ui\/lifecycles\/(.+)/.exec(path)?.[1];
  if (id === undefined) return () => workflowService.listWorkflowExecutions({ namespace, query: "WorkflowType IN ('cluster', 'service') AND ExecutionStatus = 'Running'", pageSize: LISTED });
  if (!id.startsWith('service/')) return () => of(id);
  return async () => {
    await Promise.all([of(id), workflow.getHandle(CAPACITY_ID).query('document')]);
    await workflow.getHandle(agentId(1)).describe().catch(() => undefined);
  };
}

/** The same tab for an hour. */
export const tab: Bench = {
  name: 'tab-for-an-hour',
  onlyNamed: true,
  run: async (site) => {
    const { grid, ids } = await everything(site);
    return [await tabLeftOpen(site, grid, ids, 3_600_000, 2_000)];
  },
};

let made: Promise<Thousand> | undefined;

/** 1,000 clusters and 1,000 services, made once. */
const everything = (site: Site): Promise<Thousand> => (made ??= thousand(site).then(async (many) => {
  site.tell(`starting ${MANY} services`);
  await startServices(many.grid);
  return many;
}));

async function startServices({ client }: RunningGrid): Promise<void> {
  for (let there = 0; there < MANY; there += AT_ONCE) {
    const states = Array.from({ length: AT_ONCE }, (_, i) => installed(there + i));
    await Promise.all(states.map((state) => client.workflow.start('service', { workflowId: state.id, taskQueue: CONTROL_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, args: [state] })));
    // More than a busy worker comes to before their first tasks time out would all begin again and again.
    await until(`${there + AT_ONCE} services that are installed`, async () => (await client.workflow.count(`GridKind = 'service' AND GridState = 'SERVICE_INSTALLED'`)).count >= there + AT_ONCE, 300_000);
  }
}

/** A service of one instance, which is up, with which its workflow goes on and finds nothing to do. */
function installed(n: number): ServiceState {
  const at = new Date().toISOString();
  const wish = { service: `s${n}`, displayName: `s${n}`, planned: 1, min: 1, max: 2, compute: 'host' };
  const recipe = { name: 'webserver', checksum: '', files: {}, machine: { cpu: 0.1, memMiB: 16 } };
  const state = newService({ wish, instances: [{ instance: 0, agent: n }], sequence: 1, making: { recipe, data: {} } }, at);
  endOperation(state, 'done', at);
  const known = { instance: 0, agent: n, progress: 'INSTANCE_STARTED' as const, agentProgress: 'AGENT_STARTED' as const, generation: 1, told: 1, up: true, reason: '', blocked: false, leaving: false };
  return { ...state, state: 'SERVICE_INSTALLED', replan: false, agents: [n], instances: [known], installed: { planned: 1, generation: 1 } };
}

/** How much more a tab at / takes after some minutes in which something changed all the time; garbage is collected before each look. */
async function tabLeftOpen(site: Site, grid: RunningGrid, ids: readonly string[], openMs: number, betweenMs: number): Promise<Figure> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  site.later(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`${grid.api}/`, { timeout: 120_000 });
  // Right after 2,000 were started it may take some tries.
  await page.locator('#clusters tr').nth(10).waitFor({ timeout: 120_000 });
  await page.getByText('live', { exact: true }).waitFor({ timeout: 120_000 });
  const session = await page.context().newCDPSession(page);
  const look = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { megabytes: usedSize / 1e6, nodes: (await session.send('Memory.getDOMCounters')).nodes };
  };
  let [changes, again] = [0, 0];
  // As the answer says: on a busy machine a command may be confirmed later than the API waits, and is sent again under its key.
  const send = async (path: string, key = { 'idempotency-key': randomUUID() }): Promise<unknown> =>
    request(grid.api, 'POST', path, {}, key).catch((error: Error) => {
      if (!error.message.includes('not_confirmed')) throw error;
      again += 1;
      return send(path, key);
    });
  const change = async (forMs: number) => {
    for (const end = Date.now() + forMs; Date.now() < end; changes++) {
      await send(`/api/v1/lifecycles/${ids[(changes >> 1) % ids.length]}/${changes % 2 === 0 ? 'pause' : 'resume'}`);
      await new Promise((done) => setTimeout(done, betweenMs));
    }
  };
  site.tell(`a tab is open for ${(SETTLED_MS + openMs) / 1_000} s`);
  await change(SETTLED_MS);
  const [before, from] = [await look(), changes];
  for (const end = Date.now() + openMs; Date.now() < end;) {
    await change(Math.min(TOLD_EVERY_MS, end - Date.now()));
    const { megabytes, nodes } = await look();
    site.tell(`${((openMs - end + Date.now()) / 60_000).toFixed(0)} min: ${megabytes.toFixed(1)} MB, ${nodes} nodes, ${changes - from} changes`);
  }
  const after = await look();
  const news = await page.textContent('#news');
  if (news !== 'live') throw new Error(`the page says: ${news}`);
  return {
    what: `a tab at / left open for ${openMs / 60_000} min: more in its heap`, value: after.megabytes - before.megabytes, unit: 'MB', limit: 1,
    note: `${before.megabytes.toFixed(1)} MB and ${before.nodes} nodes, then ${after.megabytes.toFixed(1)} MB and ${after.nodes}; ${changes - from} changes meanwhile${again > 0 ? `, ${again} sent again` : ''}`,
  };
}
