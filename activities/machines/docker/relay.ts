import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from '../ssh/forward';
import { inspect } from './containers';
import { ask, listen, type AskOptions, type Engine } from './engine';
import { ensureHelper, findHelper } from './helpers';
import { GRID, HELPER, labelFilter } from './labels';
import { gatewayOf } from './networks';
import { RUNTIME_PATHS, runtimeMount } from './runtime';
import { isRefusal } from './trouble';

export const RELAY_KIND = 'relay';
const ATTEMPTS = 20;
const PAUSE_MS = 100;

/** Listens where machines can reach it, and hands on to where Temporal listens on the engine's host. Text, so that nothing has to be put anywhere. */
const RELAY = `
const [host, port, toHost, toPort] = process.argv.slice(1);
const net = require('node:net');
net.createServer({ allowHalfOpen: true }, (from) => {
  const to = net.connect({ host: toHost, port: Number(toPort), allowHalfOpen: true });
  for (const [a, b] of [[from, to], [to, from]]) { a.on('error', () => b.destroy()); a.pipe(b); }
}).listen(Number(port), host).on('error', (error) => { console.error(error.message); setTimeout(() => process.exit(1), 200); });
`;

/** Variable of a machine that finds Temporal through the relay: where that leads. */
export const BEHIND = 'GRID_TEMPORAL_BEHIND';

/**
 * What machines of this engine are told where Temporal is. One that listens on loopback only is behind the network of
 * machines: a small relay on the engine's host, itself a container, listens at their gateway and nowhere else.
 * @param behind where Temporal is for the engine's host, on its loopback
 */
export const throughRelay = ({ host }: Engine, behind: Address): Record<string, string> =>
  ({ TEMPORAL_ADDRESS: `${gatewayOf(host, 'admin')}:${behind.port}`, [BEHIND]: `${behind.host}:${behind.port}` });

/** The port of its host's loopback that the relay leads to; undefined when there is no relay. */
export async function relayPort(engine: Engine, options: AskOptions): Promise<number | undefined> {
  const made = await findHelper(engine, RELAY_KIND, options);
  return made && Number(made.Config.Entrypoint?.at(-1));
}

/** Waits until the relay leads to a port as is waited for, or the engine is no longer heard. */
export async function untilRelay(engine: Engine, ready: (port: number | undefined) => boolean, signal: AbortSignal): Promise<void> {
  const filters = { type: ['container' as const], event: ['create', 'destroy'], label: labelFilter({ [GRID]: engine.host.grid, [HELPER]: engine.host.compute }) };
  const events = await listen(engine, (docker, abortSignal) => docker.getEvents({ filters, abortSignal }), signal);
  try {
    const news = events[Symbol.asyncIterator]();
    // What came before anybody listened is seen by the first look.
    while (!ready(await relayPort(engine, { signal })) && !(await news.next()).done);
  } finally {
    events.destroy();
  }
}

/** Makes, or adopts, the relay that a machine needs; called when the machine is there, so that nobody takes it for idle. */
export async function ensureRelay(engine: Engine, runtime: string, leadsTo: string, options: AskOptions): Promise<void> {
  const { host, port } = partsOf(leadsTo);
  const made = {
    Image: engine.host.image!, Entrypoint: [RUNTIME_PATHS.node, '-e', RELAY, gatewayOf(engine.host, 'admin'), port, host, port],
    HostConfig: { NetworkMode: 'host', Mounts: [runtimeMount(runtime)], RestartPolicy: { Name: 'unless-stopped' }, LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } }, Memory: 128 * 2 ** 20 },
  };
  for (let attempt = 1; ; attempt += 1) {
    const id = await ensureHelper(engine, RELAY_KIND, made, options);
    if ((await inspect(engine, id, options))?.State.Running || (await begins(engine, id, attempt === ATTEMPTS, options))) return;
    await delay(PAUSE_MS, undefined, { signal: options.signal });
  }
}

/** False when it is on its way out: one of before, of a moment in which there was no machine. */
async function begins(engine: Engine, id: string, isLast: boolean, options: AskOptions): Promise<boolean> {
  try {
    await ask(engine, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), options);
    return true;
  } catch (error) {
    if (isRefusal(error, 304)) return true;
    if (isLast || !isRefusal(error)) throw error;
    return false;
  }
}

function partsOf(address: string): { host: string; port: string } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: address.slice(at + 1) };
}
