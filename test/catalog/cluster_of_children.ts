import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runScript, type ScriptResult } from '../../activities/actions/run_script';
import type { ScriptVerb } from '../../activities/actions/script_command';
import { readCatalog } from '../../activities/catalog/read_catalog';
import { runChild } from '../../activities/run_child';
import { renderCluster } from '../../activities/templates/render';
import { clusterDn, clusterId, idFrom, machineId } from '../../model/ids';
import { mergeOptions } from '../../model/options';
import type { NodeSpec } from '../../model/node';
import type { OptionValue } from '../../model/product';

export const CATALOG = join(__dirname, '..', '..', 'catalog');
export const TOKEN = 'for-this-cluster-only';

/** Every process of the tests has a net of its own, so that test files may run side by side. */
const NET = `127.78.${process.pid % 250}`;

export interface TestNode {
  spec: NodeSpec;
  address: string;
  machine: string;
  dir: string;
  /** What the API says; none means what its process is. */
  says?: string;
  child?: ChildProcess;
  output: string;
}

/**
 * The nodes of a product as plain children, and a server that answers what the script of the product asks the grid:
 * the cluster with its nodes, `exec` in a node's directory, the status of a role.
 */
export async function clusterOf(product: string, asked: Record<string, OptionValue>) {
  const { document } = (await readCatalog(CATALOG)).products.find((p) => p.name === product)!;
  const merged = mergeOptions(document.options, asked);
  if (!('values' in merged)) throw new Error(merged.message);
  const options = merged.values;
  const key = { user: 'test', product, version: '1.0.0', number: 1 };
  const dn = clusterDn(key);
  const spec = await renderCluster({
    template: document.template, templateType: document.templateType,
    variables: { opts: options, user: 'test', product, version: '1.0.0', clusterdn: dn, clusterid: idFrom(dn), instancename: idFrom(dn), number: 1 },
  });
  const home = mkdtempSync(join(tmpdir(), `catalog-${product}-`));
  const nodes: TestNode[] = spec.nodes.map((node, n) => ({
    spec: node, address: `${NET}.${n + 1}`, machine: machineId(key, node.name, 1), dir: join(home, node.name), output: '',
  }));
  const cluster = { id: clusterId(key), dn, script: document.script, api: '', nodes, roles: {} as Record<string, string>, busy: 0, busiest: 0, tokens: new Set<string | undefined>(), start, run, answer, hangUp, close, onCall: undefined as ((path: string) => void) | undefined };

  /** Starts a node's command on the node's address, in its own directory with its disks. */
  async function start(node: TestNode, path = process.env['PATH'] ?? ''): Promise<void> {
    for (const { destination } of node.spec.disks) mkdirSync(join(node.dir, destination), { recursive: true });
    const [program, ...args] = node.spec.command!;
    node.output = '';
    node.child = spawn(program!, args, { cwd: node.dir, env: { PATH: path, HOME: node.dir, GRID_ADDRESS: node.address } });
    const heard = (chunk: Buffer) => (node.output = (node.output + chunk.toString()).slice(-4096));
    node.child.stdout!.on('data', heard);
    node.child.stderr!.on('data', heard);
    await Promise.race([once(node.child.stdout!, 'data'), once(node.child, 'exit')]);
  }

  const stateOf = (node: TestNode) => node.says ?? (node.child?.exitCode === null && node.child.signalCode === null ? 'running' : 'failed');

  async function respond(request: IncomingMessage): Promise<unknown> {
    const path = request.url!.replace('/api/v1/', '');
    cluster.onCall?.(path);
    cluster.tokens.add(request.headers.authorization);
    const body = request.method === 'GET' ? undefined : (JSON.parse(await text(request)) as Record<string, unknown>);
    if (path === `lifecycles/${cluster.id}`) {
      return { nodes: nodes.map((node) => ({ name: node.spec.name, status: stateOf(node), ...(stateOf(node) === 'failed' ? { lastOutput: node.output } : {}) })) };
    }
    const [, role] = new RegExp(`^lifecycles/${cluster.id}/roles/(.+)$`).exec(path) ?? [];
    if (role) return (cluster.roles[role] = String(body!['status']));
    const node = nodes.find((one) => path === `machines/${one.machine}/exec`);
    if (!node) throw new Error(`nothing answers for ${path}`);
    mkdirSync(node.dir, { recursive: true });
    cluster.busiest = Math.max(cluster.busiest, ++cluster.busy);
    return runChild({
      argv: body!['argv'] as string[], stdin: String(body!['stdin']), cwd: node.dir, env: { PATH: process.env['PATH'] ?? '' },
      labels: {}, timeoutMs: 10_000, keepBytes: 4096, signal: AbortSignal.timeout(10_000),
    }).finally(() => (cluster.busy -= 1));
  }

  let server: Server | undefined;
  async function answer(port = 0): Promise<void> {
    server = createServer((request, response) => {
      respond(request).then(
        (said) => response.end(JSON.stringify(said)),
        (error: Error) => response.writeHead(404).end(error.message),
      );
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    cluster.api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Runs the product's script as the grid does. */
  function run(verb: ScriptVerb, script = cluster.script): Promise<ScriptResult> {
    const scriptNodes = nodes.map(({ spec: { name, roles }, address, machine }) => ({
      name, dn: `${dn}/nodes/${name}`, address, addresses: { eth0: address }, machine, roles, host: 'host', status: 'running',
    }));
    return runScript(
      { script, verb, cluster: { id: cluster.id, dn, nodes: scriptNodes, roles: [], options }, api: cluster.api, token: TOKEN, gridHome: home, grid: `catalog-${process.pid}`, gridCommand: ['false'], runId: verb, timeoutMs: 30_000 },
      { signal: AbortSignal.timeout(40_000) },
    );
  }

  /** Drops every connection and listens no more, as a killed API does. */
  async function hangUp(): Promise<void> {
    const closed = once(server!, 'close');
    server!.close();
    server!.closeAllConnections();
    await closed;
  }

  async function close(): Promise<void> {
    if (server?.listening) await hangUp();
    for (const { child } of nodes) await kill(child);
    rmSync(home, { recursive: true, force: true });
  }

  await answer();
  return cluster;
}

export type TestCluster = Awaited<ReturnType<typeof clusterOf>>;

/** Ends it at once and waits until it is gone. */
export async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The script with less patience; fails when it has none to lose. */
export function impatient(script: string, waitMs: number): string {
  const changed = script.replace('const WAIT_MS = 300_000;', `const WAIT_MS = ${waitMs};`);
  if (changed === script) throw new Error('the script has no WAIT_MS');
  return changed;
}
