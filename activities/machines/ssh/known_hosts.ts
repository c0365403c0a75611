import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where `ssh` on this side keeps the keys of hosts: the user's own file, then the system's. */
export const knownHostsFiles = (): string[] => [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'];

export interface KnownKey {
  type: string;
  /** The key itself, base64. */
  key: string;
  revoked: boolean;
}

/** The keys that these files (`sshd(8)`, SSH_KNOWN_HOSTS FILE FORMAT) have for a host; names may be hashed or patterns. */
export function knownKeys(files: readonly string[], host: string, port: number): KnownKey[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return files.flatMap(linesOf).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names = '', type = '', key = ''] = words;
    if (line.startsWith('#') || key === '' || marker === '@cert-authority' || !isNamed(names, name.toLowerCase())) return [];
    return [{ type, key, revoked: marker === '@revoked' }];
  });
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function isNamed(names: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(names);
  if (hashed) return createHmac('sha1', Buffer.from(hashed[1]!, 'base64')).update(name).digest('base64') === hashed[2];
  const patterns = names.toLowerCase().split(',');
  return !patterns.some((one) => one.startsWith('!') && fits(one.slice(1), name)) && patterns.some((one) => fits(one, name));
}

const fits = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
