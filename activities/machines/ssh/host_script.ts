import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client, ClientChannel } from 'ssh2';

/** Exit codes of the scripts for what a caller can do something about. */
export const ABSENT = 44;
export const NO_NODE = 45;
export const OLD_NODE = 46;

/**
 * One line for whatever shell the user has there: constant, without quotes, "!" or line ends inside. What varies comes
 * as lines on standard input.
 */
const command = (...commands: string[]) => `exec /bin/sh -c '${['umask 077', ...commands].join('; ')}'`;

const HOME = 'IFS= read -r home; case $home in /*) ;; *) home=$HOME/$home ;; esac; IFS= read -r hash; bin=$home/bin; place=$bin/$hash';

/** Lines: home, hash, greeting. Becomes the machine program. */
export const RUN = command(
  HOME,
  'IFS= read -r greeting',
  `command -v node >/dev/null || exit ${NO_NODE}`,
  `node -e "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)" || exit ${OLD_NODE}`,
  `test -d "$place" || exit ${ABSENT}`,
  'exec node "$place/dist/machine_agent.js" "$home" "$greeting"',
);

/** Lines: home, hash. Tells whether a bundle is there. */
export const HAS = command(HOME, `test -d "$place" || exit ${ABSENT}`);

/** Lines: home, hash; then a .tar.gz. Puts a bundle in its place, whole or not at all, whoever else does the same. */
export const PUT = command(
  HOME,
  'new=$bin/.$hash.$$',
  'trap "rm -rf \\"\\$new\\"" EXIT',
  'mkdir -p "$new" && tar -xzf - -C "$new" || exit 1',
  'mv -T "$new" "$place" 2>/dev/null || test -d "$place"',
);

export interface Ran {
  code: number | null;
  /** Last of what it said on standard error. */
  said: string;
}

/** Begins a script; `lines` are its first input. */
export async function begin(client: Client, script: string, lines: string[]): Promise<{ channel: ClientChannel; ended: Promise<Ran> }> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(script, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  let said = '';
  let code: number | null = null;
  channel.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString('utf8')).slice(-1_000); });
  channel.on('exit', (exit: number | null) => { code = exit; });
  channel.on('error', () => {});
  const ended = once(channel, 'close').then(() => ({ code, said: said.trim() }));
  channel.write(lines.map((text) => `${text}\n`).join(''));
  return { channel, ended };
}

/** Runs a script to its end. */
export async function runScript(client: Client, script: string, lines: string[], data?: Readable): Promise<Ran> {
  const { channel, ended } = await begin(client, script, lines);
  channel.resume();
  // What ends before all was sent says why by its exit.
  if (data) await pipeline(data, channel, { end: true }).catch(() => {});
  else channel.end();
  return ended;
}
