import type { ClientChannel } from 'ssh2';
import type { MachineDeath } from '../../../model/machine';
import { ProblemError } from '../../problem_error';
import { agentBundle } from '../bundles';
import type { SshHost } from './connector';
import { forward, type Address } from './forward';
import { login, type Login } from './login';
import { line, PING_MS, readLines, SILENCE_MS, type Answer, type Ready, type Request, type Verb } from './protocol';
import { startProgram } from './start_program';
import { unreachable } from './unreachable';
import { ensureUploaded } from './upload';

/** A connection that nobody uses is given back after so long. */
const IDLE_MS = 60_000;

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What may be said of a call besides its answer. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Silence after which a call counts as lost; without it, it may last as long as the connection. */
  limitMs?: number;
  onDeath?: (death: MachineDeath) => Promise<void>;
}

/** One connection to a host, with the program there that does what is asked for. */
export interface Session {
  /** Asks and waits. @throws ProblemError as the driver there, and 503 `host_unreachable`. */
  call(verb: Verb, args: unknown[], options: CallOptions): Promise<unknown>;
  /** Puts the agent on the host unless it is there, and says how it is run. */
  agentProgram(): Promise<{ node: string; program: string }>;
  /** See {@link forward}: holds it until it is called off or the connection ends. */
  forward(port: number, to: Address, signal: AbortSignal): Promise<boolean>;
  isOpen(): boolean;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onDeath?: (death: MachineDeath) => Promise<void>;
}

/**
 * @param onClose called once when the session is of no more use
 * @throws ProblemError as {@link login} and {@link startProgram}.
 */
export async function openSession(host: SshHost, onClose: () => void): Promise<Session> {
  const { client, socket } = await login(host);
  try {
    const { channel, ready } = await startProgram(client, host);
    return converse(host, { client, socket }, channel, ready, onClose);
  } catch (error) {
    client.destroy();
    throw error instanceof ProblemError ? error : unreachable(host, (error as Error).message);
  }
}

function converse(host: SshHost, { client, socket }: Login, channel: ClientChannel, { ready }: Ready, onClose: () => void): Session {
  const pending = new Map<number, Pending>();
  let open = true;
  let calls = 0;
  let busy = 0;
  let heardAt = Date.now();
  let usedAt = Date.now();

  const say = (request: Request) => { if (open) channel.write(line(request)); };
  const close = (reason: string) => {
    if (!open) return;
    open = false;
    onClose();
    clearInterval(heart);
    client.destroy();
    for (const { reject } of pending.values()) reject(unreachable(host, reason));
    pending.clear();
  };
  const beat = () => {
    const now = Date.now();
    if (now - heardAt > SILENCE_MS) close(`it said nothing for ${SILENCE_MS / 1000} s`);
    else if (busy === 0 && now - usedAt > IDLE_MS) close('the connection was not used');
    else say({ ping: true });
  };
  const heart = setInterval(beat, PING_MS).unref();
  /** Keeps this process alive while somebody waits, and no longer. */
  const use = async <T>(work: () => Promise<T>): Promise<T> => {
    if (++busy === 1) socket.ref();
    try {
      return await work();
    } finally {
      usedAt = Date.now();
      if (--busy === 0) socket.unref();
    }
  };

  const tell = async (call: number, death: number, of: MachineDeath) => {
    const told = await pending.get(call)?.onDeath?.(of).then(() => true, () => false);
    say({ call, death, told: told === true });
  };
  const hear = (text: string) => {
    heardAt = Date.now();
    const answer = JSON.parse(text) as Answer;
    if ('pong' in answer) return;
    if ('death' in answer) return void tell(answer.call, answer.death, answer.of);
    const waiting = pending.get(answer.call);
    pending.delete(answer.call);
    if ('problem' in answer) waiting?.reject(new ProblemError(answer.problem));
    else if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  };
  readLines(channel, hear);
  channel.on('close', () => close('the connection ended'));
  client.on('close', () => close('the connection ended'));
  socket.unref();

  const ask = async (verb: Verb, args: unknown[], { signal, limitMs, onDeath }: CallOptions) => {
    signal?.throwIfAborted();
    if (!open) throw unreachable(host, 'the connection ended');
    const call = ++calls;
    const callOff = () => say({ call, abort: true });
    const late = limitMs === undefined ? undefined : setTimeout(() => close(`no answer within ${limitMs / 1000} s`), Math.min(limitMs, LONGEST_TIMER_MS));
    signal?.addEventListener('abort', callOff);
    try {
      return await new Promise<unknown>((resolve, reject) => {
        pending.set(call, { resolve, reject, onDeath });
        say({ call, verb, args });
      });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', callOff);
    }
  };

  let uploaded: Promise<void> | undefined;
  const agentProgram = async () => {
    const bundle = agentBundle(host.compute, ready.arch);
    uploaded ??= ensureUploaded(client, host, bundle);
    await uploaded.catch((error: unknown) => {
      uploaded = undefined;
      throw error;
    });
    return { node: ready.node, program: `${ready.home}/bin/${bundle.hash}/${bundle.program}` };
  };
  return { call: (verb, args, options) => use(() => ask(verb, args, options)), agentProgram: () => use(agentProgram), forward: (port, to, signal) => use(() => forward(client, port, to, signal)), isOpen: () => open };
}
