import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type Dockerode from 'dockerode';
import { throwProblem } from '../../problem_error';
import { within } from '../../within';
import type { DockerHost } from './connector';
import { troubleWith, unreachable } from './trouble';

/** An engine, and on whose behalf it is asked. */
export interface Engine {
  host: DockerHost;
  /** Loaded by the first call: most processes that know of drivers never speak with an engine. */
  docker(): Promise<Dockerode>;
}

export interface AskOptions {
  signal?: AbortSignal;
  limitMs?: number;
}

/** A busy engine may take its time to make or to end a container. */
const ANSWER_LIMIT_MS = 60_000;

export function openEngine(host: DockerHost): Engine {
  let opened: Promise<Dockerode> | undefined;
  return { host, docker: () => (opened ??= connect(host)) };
}

async function connect(host: DockerHost): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  // All of it is said, for what is not comes from the environment of this process. A connection that is kept could
  // be one to an engine that was started anew meanwhile.
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined, version: undefined, timeout: undefined };
  if ('socket' in host.at) {
    // Loaded where it is needed: most engines are of this host.
    const way = host.at.ssh ? (await import('./tunnel')).tunnelTo(host, host.at) : new HttpAgent({ keepAlive: false });
    return new Docker({ ...none, protocol: 'http', socketPath: host.at.socket, ...agent(way) });
  }
  const [ca, cert, key] = await Promise.all([host.at.ca, host.at.cert, host.at.key].map((path) => fileOf(host, path)));
  return new Docker({ ...none, protocol: 'https', host: host.at.host, port: host.at.port, ca, cert, key, ...agent(new HttpsAgent({ keepAlive: false })) });
}

/**
 * The library takes one, which its types do not know; and with each call it writes down, for nobody, all that hangs on
 * it: every connection with its buffers, unless it has its own words for itself.
 */
const agent = (one: HttpAgent): object => ({ agent: Object.assign(one, { [inspect.custom]: () => 'agent' }) });

async function fileOf({ compute }: DockerHost, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return throwProblem(422, 'bad_key', `compute ${compute}: a file of its connector cannot be read (${code})`,
      'Name files that exist and that the grid may read in ca=, cert= and key=.', { field: 'connector', evidence: path });
  }
}

/**
 * One question to the engine, with a limit to its answer. Once it is late or called off nobody listens to it any more;
 * what it did is then unknown.
 * @throws EngineRefusal for what the engine says no to, ProblemError 503 `engine_unreachable`, 403 `engine_denied`,
 * 422 `engine_untrusted`; the signal's reason once it is aborted.
 */
export async function ask<T>({ host, docker }: Engine, question: (docker: Dockerode, abortSignal: AbortSignal) => Promise<T>, { signal, limitMs = ANSWER_LIMIT_MS }: AskOptions = {}): Promise<T> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const answer = docker().then((engine) => question(engine, over.signal));
  answer.catch(() => {});
  const came = await within(answer.catch(() => {}), limitMs, signal);
  if (!came) over.abort();
  signal?.throwIfAborted();
  if (!came) throw unreachable(host, `no answer within ${limitMs / 1000} s`);
  return answer.catch((error: unknown) => { throw troubleWith(host, error); });
}

export type Listening = Duplex;

/** A stream that the engine sends for as long as it likes; `destroy` or the signal ends it. */
export async function listen(engine: Engine, question: (docker: Dockerode, abortSignal: AbortSignal) => Promise<NodeJS.ReadableStream>, signal?: AbortSignal): Promise<Listening> {
  const stream = (await ask(engine, question, { signal })) as Listening;
  const end = () => { stream.destroy(); };
  signal?.addEventListener('abort', end);
  stream.once('close', () => signal?.removeEventListener('abort', end));
  if (signal?.aborted) end();
  return stream;
}
