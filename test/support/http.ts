import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterDocument } from '../../model/cluster_views';
import type { ComputeDocument } from '../../model/messages';
import { bearer, type TestGrid } from './grid';
import { PATIENCE_MS, type SeenMachine } from './machine_ground';

export interface Answer<T = any> {
  status: number;
  headers: Headers;
  body: T;
}

/** One request, its JSON answer; redirects are not followed, since some of them are the answer. */
export async function ask<T = any>(grid: Pick<TestGrid, 'api'> & { token?: string }, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
  const url = path.startsWith('http') ? path : `${grid.api}${path}`;
  const response = await fetch(url, {
    method, redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...bearer(grid), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
}

/** What there is at a path, once the worker has time to say all of it; a summary that stands in is not that. */
export async function read(grid: Pick<TestGrid, 'api'>, path: string): Promise<any> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(60)) {
    const { status, body } = await ask(grid, 'GET', path);
    if ((status < 500 && body.stale !== true) || Date.now() > end) return body;
  }
}

/** Sends a command under one key, as its answer says, until a busy worker has confirmed it: it is carried out once. */
export async function untilConfirmed(send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await send();
    if (answer.body.code !== 'not_confirmed') return answer;
  }
}

/** Removes a compute; sent again, as a busy worker's answer says, it may find that it is done. */
export async function removeCompute(grid: Pick<TestGrid, 'api'>, name: string): Promise<Answer> {
  const key = { 'idempotency-key': randomUUID() };
  let sent = 0;
  const answer = await untilConfirmed(() => (sent++, ask(grid, 'DELETE', `/api/v1/computes/${name}`, undefined, key)));
  return sent > 1 && answer.status === 404 ? { ...answer, status: 204 } : answer;
}

const PAAS = '/bigdata/api/v1';

/** Orders a cluster, on the ground of the grid unless the product's path has a compute. */
export const order = (grid: TestGrid, product: string, options: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(grid, 'POST', `${PAAS}/products/${product}${product.includes('?') || !grid.ground.own ? '' : `?compute=${grid.ground.compute}`}`, options, headers);

/** Launches and returns the cluster's lifecycle id, from the queue as a user of the seed does. */
export async function launch(grid: TestGrid, product: string, options: object, headers: Record<string, string> = {}): Promise<string> {
  const { status, body } = await order(grid, product, options, headers);
  if (status !== 202) throw new Error(`launch of ${product}: ${status} ${JSON.stringify(body)}`);
  return queued(grid, body.url);
}

export async function queued(grid: TestGrid, url: string): Promise<string> {
  for (;;) {
    const answer = await ask(grid, 'GET', url);
    if (answer.status === 303) return `cluster/${new URL(answer.headers.get('location')!, grid.api).pathname.split('/clusters/')[1]}`;
    if (answer.status !== 200) throw new Error(`queue: ${answer.status} ${JSON.stringify(answer.body)}`);
    await sleep(50);
  }
}

export const documentOf = (grid: TestGrid, id: string): Promise<ClusterDocument> => read(grid, `/api/v1/lifecycles/${id}`);

/** Waits until the document says so; while the grid is being killed, errors are no answer. Shows the last one when it never does. */
export async function until(grid: TestGrid, id: string, ready: (document: ClusterDocument) => boolean, withinMs = PATIENCE_MS): Promise<ClusterDocument> {
  let last: unknown = 'no answer';
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(60)) {
    const answer = await ask(grid, 'GET', `/api/v1/lifecycles/${id}`).catch((e: unknown) => ({ status: 0, body: String(e) }));
    last = answer.body;
    if (answer.status === 200 && (answer.body as { stale?: boolean }).stale !== true && ready(answer.body as ClusterDocument)) return answer.body as ClusterDocument;
  }
  throw new Error(`${id} did not get there within ${withinMs} ms: ${JSON.stringify(last, null, 1).slice(0, 4000)}`);
}

export interface ListedMachine extends SeenMachine {
  node: string;
  owner: string;
  compute: string;
  state: string;
}

/** The machines of a lifecycle, or of all. */
export const machinesOf = async (grid: TestGrid, owner?: string): Promise<ListedMachine[]> =>
  (await ask(grid, 'GET', `/api/v1/machines?limit=100${owner ? `&owner=${encodeURIComponent(owner)}` : ''}`)).body.machines;

/** `kill -9` of all that runs in the machine of a node. */
export const killNode = async (grid: TestGrid, cluster: string, node: string): Promise<void> =>
  grid.ground.kill((await machinesOf(grid, cluster)).find((machine) => machine.node === node)!);

export const verb = (grid: TestGrid, id: string, name: string, body: object = {}) => ask(grid, 'POST', `/api/v1/lifecycles/${id}/${name}`, body);

/** Takes it down and waits until nothing of it is left. */
export async function destroyed(grid: TestGrid, id: string): Promise<void> {
  await verb(grid, id, 'destroy');
  await until(grid, id, (d) => d.state === 'destroyed');
}

/** Waits until the compute has everything back: it is told by a message, which a killed worker takes when it is there again. */
export async function givenBack(grid: TestGrid): Promise<void> {
  await until(grid, `compute/${grid.ground.compute}`, (d) => {
    const { reservations, waiting } = d as unknown as ComputeDocument;
    return reservations.length === 0 && waiting.length === 0;
  });
}
