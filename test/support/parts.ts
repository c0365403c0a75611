import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Real parts a test may need beyond Node and Temporal, and how each is had. */
const PARTS = {
  'redis-server': 'apt-get install redis-server',
  python3: 'apt-get install python3',
  'tomcat10-instance-create': 'apt-get install tomcat10-user',
  dockerd: 'apt-get install docker.io iptables',
  busybox: 'apt-get install busybox-static',
  root: 'run the tests as root, as starting a Docker engine takes',
} as const;

export type Part = keyof typeof PARTS;

export function isThere(part: Part): boolean {
  if (part === 'root') return process.getuid?.() === 0;
  return (process.env.PATH ?? '').split(delimiter).some((dir) => isExecutable(join(dir, part)));
}

/** What tests with a Docker engine of their own need. */
export const DOCKER: Part[] = ['dockerd', 'busybox', 'root'];

/** `describe` for tests with real parts: where one is missing they are skipped, and `npm test` prints why and the remedy. */
export function describeNeeding(parts: Part[], name: string, body: () => void): void {
  const missing = parts.filter((part) => !isThere(part));
  if (missing.length === 0) return describe(name, body);
  const remedy = missing.map((part) => `${part} is missing: ${PARTS[part]}`).join('; ');
  describe.skip(`${name} [skipped: ${remedy}]`, body);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
