import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { forward, type Address } from '../ssh/forward';
import { login } from '../ssh/login';
import { PING_MS, SILENCE_MS } from '../ssh/protocol';
import { isUnreachable } from '../ssh/unreachable';
import type { DockerHost } from './connector';
import { unreachable } from './trouble';

/** A connection that nobody uses is given back after so long. */
const IDLE_MS = 60_000;

/** Where an engine is that is reached by ssh. */
export type Place = Extract<DockerHost['at'], { ssh: unknown }>;

/** One connection to the host of an engine, with a channel in it for each call. */
interface Tunnel {
  /** A way to the engine's socket. */
  open(path: string): Promise<Duplex>;
  /** See {@link forward}: has the host lead from a port of its loopback to here, until called off. */
  lead(port: number, to: Address, signal: AbortSignal): Promise<boolean>;
  /** Whether something takes connections at a port of the host's loopback. */
  opens(port: number): Promise<boolean>;
}

/** Drivers are opened for each call; their connections are kept here, one for each engine. */
const tunnels = new Map<string, Promise<Tunnel>>();

/** Connections to the socket of an engine on a host that is logged in to. @throws as `login`, and ProblemError 503 `engine_unreachable` */
export function tunnelTo(host: DockerHost, place: Place): Agent {
  const createConnection = (_options: unknown, done: (error: Error | null, stream?: Duplex) => void) => {
    connectThrough(host, place).then((stream) => done(null, stream), done);
    return undefined;
  };
  return Object.assign(new Agent({ keepAlive: false }), { createConnection });
}

async function connectThrough(host: DockerHost, place: Place): Promise<Duplex> {
  try {
    return await (await tunnelOf(host, place)).open(place.socket);
  } catch (error) {
    throw isUnreachable(error) ? unreachable(host, error.problem.evidence ?? error.message) : error;
  }
}

/** The connection to the host of an engine, opened where there is none. @throws as `login` */
export function tunnelOf(host: DockerHost, { ssh, socket }: Place): Promise<Tunnel> {
  const key = JSON.stringify(ssh);
  const forget = () => { if (tunnels.get(key) === opening) tunnels.delete(key); };
  const opening: Promise<Tunnel> = tunnels.get(key) ?? openTunnel(host, { ssh, socket }, () => forget());
  tunnels.set(key, opening);
  opening.catch(forget);
  return opening;
}

async function openTunnel(host: DockerHost, { ssh, socket: path }: Place, onClose: () => void): Promise<Tunnel> {
  const { client, socket } = await login(ssh);
  let inUse = 0;
  let usedAt = Date.now();
  /** Keeps this process alive while somebody uses it, and no longer. */
  const take = () => { if (++inUse === 1) socket.ref(); };
  const give = () => {
    usedAt = Date.now();
    if (--inUse === 0) socket.unref();
  };
  const open = async (to: string): Promise<Duplex> => {
    take();
    try {
      const stream = await through(client, (done) => client.openssh_forwardOutStreamLocal(to, done));
      stream.once('close', give);
      return stream;
    } catch (error) {
      give();
      throw unreachable(host, (error as Error).message);
    }
  };
  const lead = (port: number, to: Address, signal: AbortSignal) => {
    take();
    return forward(client, port, to, signal).finally(give);
  };
  const opens = (port: number) => through(client, (done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done)).then((stream) => {
    stream.destroy();
    return true;
  }, () => false);
  const beat = () => {
    if (inUse === 0 && Date.now() - usedAt > IDLE_MS) return client.end();
    const silent = setTimeout(() => client.destroy(), SILENCE_MS).unref();
    through(client, (done) => client.openssh_forwardOutStreamLocal(path, done)).then((stream) => stream.destroy(), () => {}).finally(() => clearTimeout(silent));
  };
  const heart = setInterval(beat, PING_MS).unref();
  client.once('close', () => {
    clearInterval(heart);
    onClose();
  });
  socket.unref();
  return { open, lead, opens };
}

type Opened = (error: Error | undefined, stream: Duplex) => void;

/** A channel of the connection, or why there is none. */
function through(client: Client, ask: (done: Opened) => unknown): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the connection ended'));
    client.once('close', ended);
    const done: Opened = (error, stream) => {
      client.off('close', ended);
      if (error) return reject(error);
      stream.on('error', () => {});
      resolve(stream);
    };
    try {
      ask(done);
    } catch (error) {
      done(error as Error, undefined as never);
    }
  });
}
