import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, type Problem } from '../../../model/errors';
import type { SshHost } from './connector';

/**
 * Compares the key that a host shows with the fingerprint of its connector; where there is none, with the one it showed
 * first, which is kept below GRID_HOME. Undefined when it is the host's.
 */
export function hostKeyProblem(host: SshHost, key: Buffer): Problem | undefined {
  const shown = fingerprint(key);
  const place = `${host.host}:${host.port}`;
  if (host.hostkey) {
    return shown === host.hostkey ? undefined : problem(409, 'wrong_host_key', `compute ${host.compute}: ${place} shows another host key than its connector names`,
      'Make sure that it is the right host; then put its fingerprint in hostkey= of the connector.', { field: 'connector', evidence: shown });
  }
  const known = keepFirst(host, shown);
  return shown === known ? undefined : problem(409, 'wrong_host_key', `compute ${host.compute}: ${place} shows another host key than the first time (${known})`,
    `Make sure that it is the right host; then set hostkey= of the connector, or remove known_hosts/${host.host}_${host.port} in GRID_HOME.`, { field: 'connector', evidence: shown });
}

/** As ssh-keygen -l writes it. */
const fingerprint = (key: Buffer) => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=$/, '')}`;

/** What was kept first, whoever keeps at this moment. Trust is not given silently. */
function keepFirst({ gridHome, compute, host, port }: SshHost, shown: string): string {
  const dir = join(gridHome, 'known_hosts');
  const path = join(dir, `${host}_${port}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${shown}\n`, { flag: 'wx', mode: 0o600 });
    console.warn(`compute ${compute}: ${host}:${port} is seen for the first time and its host key ${shown} trusted from now on; hostkey= in the connector pins one`);
    return shown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFileSync(path, 'utf8').trim();
  }
}
