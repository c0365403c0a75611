import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { COMPOSE_PATH } from '../../bench/support/compose';
import { isExecutable } from '../../process/is_executable';

/** Real parts a test may need beyond Node and Temporal, and how each is had. */
const PARTS = {
  'redis-server': 'apt-get install redis-server',
  python3: 'apt-get install python3',
  'tomcat10-instance-create': 'apt-get install tomcat10-user',
  dockerd: 'apt-get install docker.io iptables',
  docker: 'apt-get install docker.io',
  'docker-compose': 'npm run bench -- --only docker builds it',
  openssl: 'apt-get install openssl',
  sshd: 'apt-get install openssh-server',
  chromium: 'apt-get install chromium',
  busybox: 'apt-get install busybox-static',
  ip: 'apt-get install iproute2',
  'systemd-run': 'apt-get install systemd',
  unshare: 'apt-get install util-linux',
  debootstrap: 'apt-get install debootstrap',
  pg_ctlcluster: 'apt-get install postgresql',
  go: 'install Go 1.26.4 or newer',
  zooinspector: 'apt-get install zookeeper',
  root: 'engines, networks and mounts of the tests\' own take a root that may do all, which one in a container may not: run them as root of a host',
  vitrage: 'pip install python-vitrageclient==5.4.0, and its bin/ on PATH',
} as const;

export type Part = keyof typeof PARTS;

export function isThere(part: Part): boolean {
  if (part === 'root') return isRootOfHost();
  if (part === 'docker-compose') return existsSync(COMPOSE_PATH);
  // Daemons are where only root's PATH leads.
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((dir) => isExecutable(join(dir, part)));
}

/** What tests with a Docker engine of their own need. */
export const DOCKER: Part[] = ['dockerd', 'busybox', 'root'];

/** `describe` for tests with real parts: where one is missing they are skipped, and `npm test` prints why and the remedy. */
export function describeNeeding(parts: Part[], name: string, body: () => void): void {
  const missing = whyNot(parts);
  if (missing) describe.skip(`${name} ${missing}`, body);
  else describe(name, body);
}

/** `test` for a whole file of them; hooks do not run where all of it is skipped. */
export function testNeeding(parts: Part[]): (name: string, body: (() => Promise<void>) | (() => void), timeoutMs?: number) => void {
  const missing = whyNot(parts);
  return missing ? (name, body) => test.skip(`${name} ${missing}`, body) : test;
}

function whyNot(parts: Part[]): string | undefined {
  const missing = parts.filter((part) => !isThere(part));
  const remedy = missing.map((part) => `${part} is missing: ${PARTS[part]}`).join('; ');
  return remedy ? `[skipped: ${remedy}]` : undefined;
}

/** As what mounts, and makes networks: capabilities 21 and 12. */
function isRootOfHost(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]}`);
  return [21n, 12n].every((bit) => (mask >> bit) & 1n);
}
