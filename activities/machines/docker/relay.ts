import { throwProblem } from '../../problem_error';
import { inspect } from './containers';
import { ask, type AskOptions, type Engine } from './engine';
import { ensureHelper } from './helpers';
import { ensureNetworks, gatewayOf } from './networks';
import { RUNTIME_PATHS, runtimeMount } from './runtime';
import { isRefusal } from './trouble';

const KIND = 'relay';
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/;

/** Listens where machines can reach it, and hands on to where Temporal listens on the engine's host. Text, so that nothing has to be put anywhere. */
const RELAY = `
const [host, port, toHost, toPort] = process.argv.slice(1);
const net = require('node:net');
net.createServer({ allowHalfOpen: true }, (from) => {
  const to = net.connect({ host: toHost, port: Number(toPort), allowHalfOpen: true });
  for (const [a, b] of [[from, to], [to, from]]) { a.on('error', () => b.destroy()); a.pipe(b); }
}).listen(Number(port), host).on('error', (error) => { console.error(error.message); setTimeout(() => process.exit(1), 200); });
`;

/**
 * Where machines of this engine find Temporal. One that listens on loopback only is behind the network of machines: a
 * small relay on the engine's host, itself a container, listens at their gateway and nowhere else.
 * @throws ProblemError 422 `temporal_unreachable` for an engine elsewhere, whose loopback is another one
 */
export async function temporalFor(engine: Engine, runtime: string, temporalAddress: string, options: AskOptions): Promise<string> {
  const { host, port } = partsOf(temporalAddress);
  if (!LOOPBACK.test(host)) return temporalAddress;
  if (!('socket' in engine.host.at)) {
    throwProblem(422, 'temporal_unreachable', `compute ${engine.host.compute}: agents there cannot reach Temporal, which listens on ${temporalAddress} of the grid's own host`,
      'Set TEMPORAL_ADDRESS to an address that the engine\'s host can reach.', { field: 'connector' });
  }
  await ensureNetworks(engine, [{ device: 'eth0', network: 'admin', address: '' }], options);
  const gateway = gatewayOf(engine.host, 'admin');
  const id = await ensureHelper(engine, KIND, {
    Image: engine.host.image!, Entrypoint: [RUNTIME_PATHS.node, '-e', RELAY, gateway, port, host.replace(/^\[|\]$/g, ''), port],
    HostConfig: { NetworkMode: 'host', Mounts: [runtimeMount(runtime)], RestartPolicy: { Name: 'unless-stopped' }, LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } }, Memory: 128 * 2 ** 20 },
  }, options);
  if (!(await inspect(engine, id, options))?.State.Running) await begin(engine, id, options);
  return `${gateway}:${port}`;
}

const begin = (engine: Engine, id: string, options: AskOptions) =>
  ask(engine, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), options).catch((error: unknown) => {
    if (!isRefusal(error, 304)) throw error;
  });

function partsOf(address: string): { host: string; port: string } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: address.slice(at + 1) };
}

export const RELAY_KIND = KIND;
