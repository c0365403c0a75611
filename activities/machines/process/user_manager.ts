import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';

const RUN = '/usr/bin/systemd-run';

/** Names of units have these, and no more than 255 of them. */
const NOT_IN_UNIT = /[^A-Za-z0-9_.-]+/g;
const LONGEST = 120;

/**
 * The runtime directory of this user's systemd, where there is one that stays when the user has logged out; what runs in
 * a unit of it is not ended with a session. Without lingering it would be ended with the last one, even where nothing
 * else is.
 */
export function lingeringManager(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { uid, username } = userInfo();
  const dir = env['XDG_RUNTIME_DIR'] ?? `/run/user/${uid}`;
  return [RUN, `${dir}/systemd/private`, `/var/lib/systemd/linger/${username}`].every((path) => existsSync(path)) ? dir : undefined;
}

/** What a command is begun with to become a unit of its own, still the same process. Shown by `systemctl --user list-units 'service-grid-*'`. */
export const inScope = (id: string, run: number): string[] => [
  RUN, '--user', '--scope', '--quiet', '--collect', `--unit=service-grid-${id.replace(NOT_IN_UNIT, '_').slice(0, LONGEST)}-${run}-${process.pid}`,
  '--', '/usr/bin/env', '-u', 'XDG_RUNTIME_DIR',
];
