import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { COMPOSE_PATH } from '../../bench/support/compose';
import { DYNAMIC_CONFIG } from '../../cli/up/temporal_args';
import { VERSION } from '../../version';
import { testNeeding } from '../support/parts';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  image: string;
  build?: { dockerfile: string; target: string };
  restart: string;
  healthcheck?: object;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  profiles?: string[];
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}

const FILES = ['docker-compose.temporal.yml', 'tools/monitoring/docker-compose.yml'];
const composed = (path: string): Compose => parse(read(path), { merge: true }) as Compose;
const services = FILES.flatMap((path) => Object.entries(composed(path).services));
/** These end by themselves. */
const ONCE = new Set(['schema', 'namespace', 'promote', 'keys', 'cli']);

/** What a variable stands for where nobody sets it. */
const unset = (text: string): string => text.replaceAll(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, (_, otherwise: string | undefined) => otherwise ?? '');

test.each(services)('%s: its image is pinned, it is looked after, and it listens on loopback', (name, { image, restart, healthcheck, ports = [] }) => {
  expect(unset(image)).toMatch(/^[\w./-]+:v?\d+\.\d+[\w.-]*$/);
  expect([name, restart === 'unless-stopped', healthcheck !== undefined]).toEqual([name, !ONCE.has(name), !ONCE.has(name)]);
  for (const port of ports) expect(unset(port)).toMatch(/^127\.0\.0\.1:/);
});

test('nothing has a password that everybody knows', () => {
  for (const path of [...FILES, 'tools/production/env.example']) {
    for (const [, name, rest = ''] of read(path).matchAll(/^ *(\w*(?:PASSWORD|PWD|SECRET)\w*)[:=] *(.*)$/gm)) expect([path, name, rest === '' || rest.startsWith('${') && rest.includes(':?')]).toEqual([path, name, true]);
  }
});

test('images of ours have the version that they are of, and their Dockerfile has the target', () => {
  const ours = services.filter(([, { image }]) => /GRID_\w*IMAGE/.test(image));
  expect(ours.length).toBeGreaterThan(4);
  for (const [, { image, build }] of ours) {
    expect(unset(image).split(':')[1]).toBe(VERSION);
    if (build) expect(read(build.dockerfile)).toMatch(new RegExp(`^FROM \\$\\{BASE_IMAGE\\} AS ${build.target}$`, 'm'));
  }
});

test('an image of ours has what its programs read while they run', () => {
  const ignored = read('.dockerignore').split('\n');
  for (const directory of ['dist', 'node_modules', 'catalog', 'docs']) {
    expect(read('tools/images/grid.Dockerfile')).toContain(`COPY --from=build /grid/${directory} ./${directory}\n`);
    if (directory === 'catalog' || directory === 'docs') expect(ignored).not.toContain(directory);
  }
});

test('every volume that is used is declared, and every file that is mounted is there', () => {
  for (const path of FILES) {
    const { services: all, volumes } = composed(path);
    for (const mount of Object.values(all).flatMap((one) => one.volumes ?? [])) {
      const [from] = mount.split(':');
      if (from!.startsWith('./')) expect([from, existsSync(join(ROOT, from!))]).toEqual([from, true]);
      else expect(Object.keys(volumes)).toContain(from);
    }
  }
});

test('whoever needs somebody waits until that is well, or done', () => {
  for (const [name, { depends_on: needs = {} }] of services) {
    for (const [other, { condition }] of Object.entries(needs)) expect([name, other, condition]).toEqual([name, other, ONCE.has(other) ? 'service_completed_successfully' : 'service_healthy']);
  }
});

test('the server is tuned as the embedded one is', () => {
  const tuned = Object.fromEntries(Object.entries(parse(read('tools/production/temporal.yaml')) as Record<string, [{ value: number | string }]>).map(([key, [{ value }]]) => [key, value]));
  expect(tuned).toMatchObject(Object.fromEntries(Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, typeof value === 'string' ? JSON.parse(value) as string : value])));
});

test.each(['backup.sh', 'restore.sh', 'make_keys.sh'])('%s is a shell script that a shell can read', (name) => {
  const path = join(ROOT, 'tools/production', name);
  expect(() => execFileSync('sh', ['-n', path])).not.toThrow();
  expect(statSync(path).mode & 0o111).not.toBe(0);
});

testNeeding(['docker-compose'])('Compose takes the files, with a password and never without', () => {
  const config = (files: string[], env: Record<string, string>) => execFileSync(COMPOSE_PATH, [...files.flatMap((file) => ['-f', file]), '--env-file', '/dev/null', 'config', '--format', 'json'], { cwd: ROOT, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(() => config([FILES[0]!], {})).toThrow(/POSTGRES_PASSWORD/);
  const { services: all } = JSON.parse(config([FILES[0]!], { POSTGRES_PASSWORD: 'made-by-a-test', CONTROL_PROCESSES: '3' })) as { services: Record<string, { deploy?: { replicas: number }; command?: string[] }> };
  expect([all['api']!.deploy!.replicas, all['control']!.deploy!.replicas, all['control']!.command]).toEqual([2, 3, ['dist/control.js']]);
  expect(() => config(FILES, { POSTGRES_PASSWORD: 'x', GRAFANA_PASSWORD: 'x', PROMETHEUS_TOKEN_FILE: '/dev/null' })).not.toThrow();
});
