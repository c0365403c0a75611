import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { spawnApi } from '../api/support/api_process';
import { eventually } from '../api/support/api_under_test';
import { addTemplate, ays, order as orderRun, runIs } from '../support/environment';
import { listen, type Listener } from '../support/events';
import { freePort, startGrid, type TestGrid } from '../support/grid';
import { ask, launch, machinesOf, queued, until } from '../support/http';
import { PATIENCE_MS } from '../support/machine_ground';
import { putProduct } from '../support/product';
import { install, installed } from '../support/services';
import { NAMESPACE, temporalAddress } from '../support/temporal';

const PAAS = '/bigdata/api/v1';
const dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
const planted = (what: string) => `planted-${what}-${randomBytes(6).toString('hex')}`;
/** Each where somebody would put something that others may not see. */
const [OPTION, PRINTED, EXECUTED, DATA, BEHIND, REFUSED] = ['option', 'printed', 'executed', 'data', 'behind', 'refused'].map(planted) as [string, string, string, string, string, string];
const ALL = [OPTION, PRINTED, EXECUTED, DATA, BEHIND, REFUSED];
const seenIn = (text: string | Buffer) => ALL.filter((one) => text.includes(one));

const TEMPLATE = '{"nodes": { {%- for n in range(opts["size"]) %}{{ "," if n }} "n{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"], "services": ["r"]} {% endfor -%} }, "services": {"r": {}} }';
const LEAK = `const told = ({ hrd }) => 'it is ' + hrd['instance.param.password'] + ' and no other';
exports.configure = (context) => { require('node:fs').writeFileSync('seen', told(context)); console.log(told(context)); };
exports.test = (context) => { throw new Error(told(context)); };`;

let grid: TestGrid;
let events: Listener;
beforeAll(async () => {
  writeFileSync(join(dir, 'keys'), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'password'), `${BEHIND}\n`, { mode: 0o600 });
  grid = await startGrid({ env: { GRID_CODEC_KEY: `file:${join(dir, 'keys')}`, GRID_LOG_LEVEL: 'debug' } });
  events = await listen(`${grid.api}/api/v1/events`);
});
afterAll(async () => {
  events?.drop();
  await grid?.end();
  rmSync(dir, { recursive: true, force: true });
});

test('a grid that keeps everything encrypted launches, executes, scales, installs and tells of it as any other', async () => {
  await putProduct(grid, 'keeps', { template: TEMPLATE, options: { optional: { size: 1, password: 'none yet' } }, script: `#!/bin/sh\necho ${PRINTED}\n` });
  const cluster = await launch(grid, 'keeps/1', { size: 1, password: OPTION });
  await until(grid, cluster, ({ state, operation }) => state === 'ready' && operation === null);
  const [machine] = await machinesOf(grid, cluster);
  expect((await ask(grid, 'POST', `/api/v1/machines/${machine!.id}/exec`, { argv: ['echo', EXECUTED] })).body).toMatchObject({ exit: 0, stdout: `${EXECUTED}\n` });
  const scaled = await ask(grid, 'PATCH', `${PAAS}/clusters/${cluster.slice('cluster/'.length)}`, { size: 2 });
  expect(scaled.status).toBe(202);
  await queued(grid, scaled.body.url);
  await until(grid, cluster, ({ state, operation, nodes }) => state === 'ready' && operation === null && nodes.length === 2);
  await install(grid, 'web', { data: { 'param.message': DATA, 'param.port': '8099' } });
  await installed(grid, 'web', 1);
  const membersOf = async () => (await ask(grid, 'GET', '/api/v1/members')).body.members?.map(({ name }: any) => name).join();
  await eventually(membersOf, (names) => names === 'AgentWorker worker(0),ApiWorker worker(0),ControlWorker worker(0)', PATIENCE_MS);
}, 300_000);

test('what stands behind a reference is in no output, result or error, whatever an action prints', async () => {
  addTemplate(grid, 'jumpscale__leak', { 'service.hrd': 'category = part\n', 'instance.hrd': 'param.password = @ASK type:password\n', 'actions.js': LEAK });
  await ays(grid, 'install', { name: 'leak', data: { 'param.password': `file:${join(dir, 'password')}` } });
  const { body } = await orderRun(grid, 'test', { name: 'leak' });
  const run = await runIs(grid, body.id, ({ state, said }) => state !== 'running' || Object.values(said).some((one: any) => one.problem));
  expect(JSON.stringify(run)).toContain('it is *** and no other');
  expect(seenIn(JSON.stringify(run))).toEqual([]);
}, 300_000);

test('what is refused does not come back, nor does it stand in a log', async () => {
  const refusals = [
    ask(grid, 'POST', `${PAAS}/products/keeps/1`, { size: 1, password: [REFUSED] }), ask(grid, 'POST', `${PAAS}/products/keeps/1`, { size: 1, password: { of: REFUSED } }), ask(grid, 'PUT', '/api/v1/computes/x', { connector: `ssh://u:${REFUSED}@h` }),
    ask(grid, 'POST', '/api/v1/environment/runs', { verb: 'install', name: 'leak', instance: 'second', data: { 'param.password': REFUSED } }),
  ];
  for (const { status, body } of await Promise.all(refusals)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(seenIn(JSON.stringify(body))).toEqual([]);
  }
}, 120_000);

test('nothing that was planted is in the raw histories and descriptions, nor in the logs, the audit and the events', async () => {
  const kept = await everythingKept();
  expect(kept.ids).toEqual(expect.arrayContaining(['cluster/test/keeps/1/1', 'grid/audit', 'service/web', 'instance/web/0', 'instance/jumpscale__leak__main', 'product/keeps/1']));
  // It is looked for in the right place: what is not encrypted is found there.
  expect(kept.bytes.includes('cluster/test/keeps/1/1')).toBe(true);
  expect(seenIn(kept.bytes)).toEqual([]);

  const logs = readdirSync(join(grid.home, 'logs')).map((name) => readFileSync(join(grid.home, 'logs', name), 'utf8'));
  expect(logs.join('').includes('/bigdata/api/v1/products')).toBe(true);
  expect(seenIn(logs.join(''))).toEqual([]);
  const { audit } = (await ask(grid, 'GET', '/api/v1/audit?limit=200')).body;
  expect(audit.map(({ path }: any) => path)).toContain(`${PAAS}/products/keeps/1`);
  expect(seenIn(JSON.stringify(audit))).toEqual([]);
  expect(events.told.some(({ data }) => data.id === 'cluster/test/keeps/1/1' && data.state === 'ready')).toBe(true);
  expect(seenIn(JSON.stringify(events.told))).toEqual([]);
}, 120_000);

test('whoever comes with another key, or with none, does not start, and is told what to do', async () => {
  writeFileSync(join(dir, 'other'), randomBytes(32).toString('hex'));
  const { GRID_CODEC_KEY: _, ...rest } = { ...grid.env, TEMPORAL_ADDRESS: temporalAddress(grid), TEMPORAL_NAMESPACE: NAMESPACE } as Record<string, string>;
  for (const env of [{ ...rest, GRID_CODEC_KEY: `file:${join(dir, 'other')}` }, { ...rest, GRID_CODEC_KEY: '' }]) {
    const api = await spawnApi({ ...env, LISTEN: `127.0.0.1:${await freePort()}` });
    expect(await api.ended).toBe(1);
    expect(api.err()).toMatch(/encrypted with the key [0-9a-f]{12}; GRID_CODEC_KEY (has [0-9a-f]{12}|is not set) here\nSet GRID_CODEC_KEY/);
  }
}, 120_000);

/** As whoever reads Temporal's database would have it: every history and every description, as their bytes. */
async function everythingKept(): Promise<{ ids: string[]; bytes: Buffer }> {
  const connection = await Connection.connect({ address: temporalAddress(grid) });
  const { workflowService } = connection;
  const { DescribeWorkflowExecutionResponse, GetWorkflowExecutionHistoryResponse } = temporal.api.workflowservice.v1;
  try {
    const bytes: Uint8Array[] = [];
    const { executions } = await workflowService.listWorkflowExecutions({ namespace: NAMESPACE, pageSize: 1000 });
    for (const { execution } of executions) {
      bytes.push(DescribeWorkflowExecutionResponse.encode(await workflowService.describeWorkflowExecution({ namespace: NAMESPACE, execution })).finish());
      for (let nextPageToken: Uint8Array | undefined, more = true; more; more = (nextPageToken?.length ?? 0) > 0) {
        const page = await workflowService.getWorkflowExecutionHistory({ namespace: NAMESPACE, execution, nextPageToken });
        ({ nextPageToken } = page);
        bytes.push(GetWorkflowExecutionHistoryResponse.encode(page).finish());
      }
    }
    return { ids: executions.map(({ execution }) => execution!.workflowId!), bytes: Buffer.concat(bytes) };
  } finally {
    await connection.close();
  }
}
