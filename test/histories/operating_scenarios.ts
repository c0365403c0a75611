import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawnApi } from '../api/support/api_process';
import { eventually } from '../api/support/api_under_test';
import { freePort, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, order, verb } from '../support/http';
import { idle, putProduct } from '../support/product';
import { temporalAddress } from '../support/temporal';

/** What those who operate a grid live through with it. */
export async function playOperating(grid: TestGrid): Promise<void> {
  await ask(grid, 'GET', '/api/v1/doctor');
  await members_come_and_go(grid);
  console.log('played members_come_and_go');
  await changes_are_written_down(grid);
  console.log('played changes_are_written_down');
  await a_webhook_tells(grid);
  console.log('played a_webhook_tells');
  await room_is_claimed(grid);
  console.log('played room_is_claimed');
}

/** One is told to end, one is killed. */
async function members_come_and_go(grid: TestGrid): Promise<void> {
  const apis = async () => ((await ask(grid, 'GET', '/v1/service/')).body as { name: string }[]).filter(({ name }) => name.startsWith('ApiWorker')).length;
  const env = { ...grid.env, TEMPORAL_ADDRESS: temporalAddress(grid), TEMPORAL_NAMESPACE: 'servicegrid', GRID_MEMBER_LEASE: '1s' } as Record<string, string>;
  await eventually(apis, (n) => n === 1, 60_000);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { child } = await spawnApi({ ...env, LISTEN: `127.0.0.1:${await freePort()}` });
    await eventually(apis, (n) => n === 2, 60_000);
    child.kill(signal);
    await eventually(apis, (n) => n === 1, 60_000);
  }
}

/** So many that the audit goes on in another run. */
async function changes_are_written_down(grid: TestGrid): Promise<void> {
  for (let n = 0; n < 100; n++) await verb(grid, 'compute/none', 'pause');
}

/** Taken at once, skipped, taken after all, held, given up, told something else, removed; long enough to go on in another run. */
async function a_webhook_tells(grid: TestGrid): Promise<void> {
  let status = 200;
  let came = 0;
  const receiver = createServer((request, response) => void text(request).then(() => ((came += 1), response.writeHead(status).end()))).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const secret = join(grid.home, 'webhook-secret');
  writeFileSync(secret, 'a secret of this recording');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const PATH = '/api/v1/webhooks/told';
  const define = (kinds: string[]) => ask(grid, 'PUT', PATH, { url, secret: `file:${secret}`, kinds, attempts: 1 });
  const is = (ready: (webhook: any) => boolean) => eventually(async () => (await ask(grid, 'GET', PATH)).body, (one) => one.stale !== true && ready(one), 60_000);
  const blocked = (webhook: any): boolean => webhook.conditions.some(({ type }: { type: string }) => type === 'Blocked');
  let changes = 0;
  const change = () => ask(grid, 'POST', '/bigdata/api/v1/products', { name: 'told', version: '1', description: String((changes += 1)) });
  await define(['product']);
  await is(({ state }) => state === 'listening');
  await change();
  await eventually(async () => came, (n) => n > 0, 60_000);
  for (const [word, after] of [['skip', 200], ['retry', 200], ['abort', 200]] as const) {
    await is(({ waiting }) => waiting === 0);
    status = 500;
    await change();
    await is(blocked);
    status = after;
    await verb(grid, 'webhook/told', word);
    await is((webhook) => !blocked(webhook));
  }
  await verb(grid, 'webhook/told', 'pause');
  await change();
  await verb(grid, 'webhook/told', 'resume');
  for (let n = 0; n < 30; n++) {
    const before = came;
    await change();
    await eventually(async () => came, (now) => now > before, 60_000);
  }
  await define(['cluster']);
  await ask(grid, 'DELETE', PATH);
  await eventually(async () => (await ask(grid, 'GET', PATH)).status, (now) => now === 404, 60_000);
  receiver.closeAllConnections();
  receiver.close();
}

/** One order fits, one does not, what was destroyed makes room; so often looked at that it goes on in another run. */
async function room_is_claimed(grid: TestGrid): Promise<void> {
  const quota = '/api/v1/quotas/test';
  const product = await putProduct(grid, 'limited', { template: idle(1) });
  await ask(grid, 'PUT', quota, { machines: 1 });
  const id = await launch(grid, product, {});
  await order(grid, product, {});
  await destroyed(grid, id);
  for (let n = 0; n < 30; n++) await ask(grid, 'GET', quota);
  await destroyed(grid, await launch(grid, product, {}));
  await ask(grid, 'DELETE', quota);
}
