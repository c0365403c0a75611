import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import type { Problem } from '../../../model/errors';
import { ProblemError, throwProblem } from '../../problem_error';
import { within } from '../../within';
import type { SshHost } from './connector';
import { hostKeyProblem, knownTypes } from './host_key';
import { SILENCE_MS } from './protocol';
import { unreachable } from './unreachable';

const CONNECT_LIMIT_MS = 10_000;

export interface Login {
  client: Client;
  /** What the connection runs over, so that an idle one need not keep a process alive. */
  socket: Socket;
}

/**
 * Logs in on a host whose key is the right one.
 * @throws ProblemError 503 `host_unreachable`, 409 `wrong_host_key`, `unknown_host_key`, 422 `login_refused`, `bad_key`.
 */
export async function login(host: SshHost): Promise<Login> {
  const credentials = await credentialsOf(host);
  const socket = await connected(host);
  const client = new Client();
  let refused: Problem | undefined;
  try {
    // Errors that come after the login end the connection, which is what its users listen to.
    client.on('error', () => {});
    const ready = once(client, 'ready');
    const closed = once(client, 'close').then(() => { throw new Error('the host closed the connection'); });
    closed.catch(() => {});
    ready.catch(() => {});
    client.connect({
      sock: socket, username: host.user, readyTimeout: CONNECT_LIMIT_MS, ...credentials, algorithms: { serverHostKey: { prepend: knownTypes(host) as ServerHostKeyAlgorithm[], append: [], remove: [] } },
      hostVerifier: (key: Buffer) => (refused = hostKeyProblem(host, key)) === undefined,
    });
    await Promise.race([ready, closed]);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    return { client, socket };
  } catch (error) {
    client.destroy();
    socket.destroy();
    if (refused) throw new ProblemError(refused);
    throw loginProblem(host, error as Error & { level?: string });
  }
}

async function connected(host: SshHost): Promise<Socket> {
  // No signal of the socket's own: that would end it later too.
  const socket = connect({ host: host.host, port: host.port, noDelay: true });
  try {
    if (await within(once(socket, 'connect'), CONNECT_LIMIT_MS)) return socket;
    throw new Error(`no connection within ${CONNECT_LIMIT_MS / 1000} s`);
  } catch (error) {
    // Whatever it has still to say, nobody waits for it.
    socket.on('error', () => {}).destroy();
    throw unreachable(host, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
}

async function credentialsOf(host: SshHost): Promise<Pick<ConnectConfig, 'privateKey' | 'agent'>> {
  const agent = process.env['SSH_AUTH_SOCK'];
  if (!host.key && agent) return { agent };
  const own = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name));
  const path = host.key?.replace(/^~(?=\/)/, homedir()) ?? own.find((file) => existsSync(file));
  if (!path) return throwProblem(422, 'bad_key', `compute ${host.compute}: there is no private key to log in with`, 'Name its file in key= of the connector.', { field: 'connector' });
  const privateKey = await readFile(path).catch((error: NodeJS.ErrnoException) =>
    throwProblem(422, 'bad_key', `compute ${host.compute}: the private key cannot be read (${error.code})`, 'Name a file that the control worker may read in key= of the connector.', { field: 'connector' }));
  return { privateKey };
}

function loginProblem(host: SshHost, error: Error & { level?: string }): ProblemError {
  const more = { field: 'connector', evidence: error.message };
  if (error.level === 'client-authentication' || error.level === 'agent') {
    return new ProblemError({ status: 422, code: 'login_refused', error: 'unprocessable content', message: `compute ${host.compute}: ${host.host}:${host.port} refuses the login of ${host.user}`,
      fix: 'Add the public key to authorized_keys of that user, or name another key or user in the connector.', ...more });
  }
  if (/privateKey|key format/.test(error.message)) {
    return new ProblemError({ status: 422, code: 'bad_key', error: 'unprocessable content', message: `compute ${host.compute}: the private key cannot be used`,
      fix: 'Use a private key in OpenSSH or PEM form without a passphrase, or an SSH agent.', ...more });
  }
  return unreachable(host, error.message);
}
