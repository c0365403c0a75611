import { createHash } from 'node:crypto';
import type { Code } from '../../../model/codes';
import { problem, type Problem } from '../../../model/errors';
import type { SshHost } from './connector';
import { knownHostsFiles, knownKeys } from './known_hosts';

/**
 * Compares the key that a host shows with the fingerprint of its connector; where there is none, with the known_hosts
 * files of this side. A host that is known by neither is refused: no key is trusted silently. Undefined when it is the
 * host's.
 */
export function hostKeyProblem(host: SshHost, key: Buffer, files: readonly string[] = knownHostsFiles()): Problem | undefined {
  const shown = fingerprint(key);
  const place = `${host.host}:${host.port}`;
  const refuse = (code: Code, message: string, fix: string) => problem(409, code, `compute ${host.compute}: ${message}`, fix, { field: 'connector', evidence: shown });
  if (host.hostkey) {
    return shown === host.hostkey ? undefined : refuse('wrong_host_key', `${place} shows another host key than its connector names`, 'Make sure that it is the right host; then put its fingerprint in hostkey= of the connector.');
  }
  const known = knownKeys(files, host.host, host.port);
  const same = known.filter((one) => one.key === key.toString('base64'));
  if (same.some(({ revoked }) => revoked)) return refuse('wrong_host_key', `${place} shows a host key that known_hosts has as revoked`, 'Do not use this host before its key was changed.');
  if (same.length > 0) return undefined;
  return known.length > 0
    ? refuse('wrong_host_key', `${place} shows another host key than known_hosts has for it`, `Make sure that it is the right host; then put hostkey=${shown} in the connector, or mend known_hosts of the control worker's user.`)
    : refuse('unknown_host_key', `${place} is not known: it shows the host key ${shown}`, `Compare it with what \`ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub\` says on that host; then add hostkey=${shown} to the connector, or the host to known_hosts of the control worker's user.`);
}

/** Types of keys that known_hosts has for a host: those are asked for first. */
export const knownTypes = (host: SshHost, files: readonly string[] = knownHostsFiles()): string[] =>
  host.hostkey ? [] : [...new Set(knownKeys(files, host.host, host.port).filter(({ revoked }) => !revoked).map(({ type }) => type))];

/** As ssh-keygen -l writes it. */
const fingerprint = (key: Buffer) => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=$/, '')}`;
