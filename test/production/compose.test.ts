import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../config';
import { VERSION } from '../../version';
import { provisionCompose } from '../../bench/support/compose';
import { eventually } from '../api/support/api_under_test';
import { startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { freePort } from '../support/free_port';
import { describeNeeding, DOCKER } from '../support/parts';

/**
 * docker-compose.temporal.yml brought up for real, in an engine of the test's own and from images that are built here on a base that
 * debootstrap makes, so that no registry of images is needed.
 */
const BASE = 'grid-test/production-base:2';
const INCLUDE = ['ca-certificates', 'git', 'gzip', 'openssh-client', 'openssh-server', 'postgresql', 'prometheus', 'python3', 'tar', 'wget'];
const LIMIT_MS = 900_000;
const ROOT = projectRoot();
/** What the dashboard asks, and its pictures that are empty while nothing of theirs happened. */
const EXPRESSIONS = (JSON.parse(readFileSync(join(ROOT, 'tools/monitoring/grafana-dashboard.json'), 'utf8')) as { panels: { title: string; targets?: { expr: string }[] }[] }).panels
  .flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
const QUIET = ['Steps that wait for a person', 'Why steps wait for a person', 'Clusters that have lost nodes', 'Silent agents', 'Conditions', 'Requests that fail', 'Services and instances', 'Agents', 'Wait for room', 'Activities that fail', 'Workflow tasks that fail', 'Webhooks', 'Calls of Temporal'];
const tell = (line: string) => void process.stderr.write(`${line}\n`);

describeNeeding([...DOCKER, 'docker', 'debootstrap', 'go'], 'the grid by Compose', () => {
  let engine: DockerEngine;
  let work: string;
  let env: NodeJS.ProcessEnv;
  let compose: string[];
  let token: string;

  const run = async (program: string, args: readonly string[]): Promise<string> => {
    try {
      return (await promisify(execFile)(program, args, { cwd: ROOT, env: { ...env, ...(token ? { GRID_TOKEN: token } : {}) }, maxBuffer: 2 ** 28 })).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`${program} ${args.join(' ')}:\n${`${stdout}\n${stderr}`.slice(-6_000)}`, { cause: error });
    }
  };
  const composed = (...args: string[]) => run(compose[0]!, [...compose.slice(1), ...args]);
  const grid = (...words: string[]) => composed('run', '--rm', '-T', 'cli', ...words);
  const up = () => composed('up', '-d', '--wait', '--wait-timeout', '300').catch(async (error: Error) => {
    throw new Error(`${error.message}\n${await composed('logs', '--tail', '30')}`, { cause: error });
  });

  interface Shown { id: string; state: string; operation: unknown; conditions: { type: string }[]; nodes: { machine: string }[] }
  const clusters = async (): Promise<string[]> => (JSON.parse(await grid('clusters', '--json')) as { clusters: { id: string }[] }).clusters.map(({ id }) => id).sort();
  const shown = async (id: string) => JSON.parse(await grid('show', id, '--json')) as Shown;
  /** A command that finds nobody who answers is given again. */
  const shownUntil = (id: string, is: (seen: Shown) => boolean) => eventually(() => shown(id).catch(() => undefined), (seen) => seen !== undefined && is(seen), 180_000);

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'grid-compose-'));
    engine = await startDockerEngine();
    env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, DOCKER_BUILDKIT: '0', GRID_TOKEN: undefined };
    const program = await provisionCompose({ tell });
    await importBase(engine, work);
    const build = (...args: string[]) => run('docker', ['build', '--quiet', '--network', 'host', '--build-arg', `BASE_IMAGE=${BASE}`, '--build-arg', `GRID_IMAGE=service-grid:${VERSION}`, ...args]);
    tell('images of the grid …');
    await build('--file', 'tools/images/grid.Dockerfile', '--target', 'grid', '--tag', `service-grid:${VERSION}`, '.');
    await build('--file', 'tools/images/grid.Dockerfile', '--target', 'machine', '--tag', `service-grid-machine:${VERSION}`, '.');
    for (const other of ['postgres', 'prometheus', 'next']) await build('--file', `test/production/images/${other}.Dockerfile`, '--tag', `grid-test/${other}:1`, 'test/production/images');
    tell('images of Temporal …');
    await run('tools/images/temporal.sh', ['--quiet', '--network', 'host', '--build-arg', `BASE_IMAGE=${BASE}`]);
    const apis = await freePort();
    writeFileSync(join(work, 'codec-keys'), randomBytes(32).toString('hex'), { mode: 0o644 });
    writeFileSync(join(work, 'env'), [
      `GRID_CODEC_KEY_FILE=${join(work, 'codec-keys')}`,
      `POSTGRES_PASSWORD=${randomBytes(24).toString('hex')}`, 'POSTGRES_IMAGE=grid-test/postgres:1', 'TEMPORAL_SERVER_IMAGE=service-grid-temporal-server:1.31.2',
      'TEMPORAL_ADMIN_TOOLS_IMAGE=service-grid-temporal-admin-tools:1.31.2', 'TEMPORAL_UI_IMAGE=service-grid-temporal-ui:2.50.1',
      `API_LISTEN=127.0.0.1:${apis}-${apis + 9}`, `UI_LISTEN=127.0.0.1:${await freePort()}`, '',
    ].join('\n'));
    compose = [program!, '--project-name', 'grid-drill', '--env-file', join(work, 'env'), '-f', 'docker-compose.temporal.yml'];
    env = { ...env, COMPOSE: compose.join(' ') };
  }, LIMIT_MS);
  afterAll(async () => {
    if (compose) await composed('down', '--volumes', '--timeout', '5').catch((error: Error) => tell(error.message));
    await engine?.close();
    rmSync(work, { recursive: true, force: true });
  }, LIMIT_MS);

  test('comes up, has no user but the first, launches a cluster on its example of a machine', async () => {
    const made = await composed('run', '--rm', '-T', '--no-deps', 'cli', 'token', 'create', '--name', 'drill', '--role', 'admin');
    token = made.trim().split('\n').at(-1)!.trim();
    await up();
    await grid('launch', 'reference/1.0.0', 'size=2');
    expect(await clusters()).toEqual(['cluster/drill/reference/1.0.0/1']);
    expect((await composed('ps', '--format', 'json')).trim().split('\n').map((line) => JSON.parse(line) as { Service: string; Health: string }).map(({ Service, Health }) => `${Service} ${Health}`).sort()).toEqual(
      ['api healthy', 'api healthy', 'control healthy', 'control healthy', 'machine healthy', 'postgres healthy', 'temporal healthy', 'ui healthy']);
    // From outside, and with what the image has beside its programs.
    const address = (await composed('port', '--index', '1', 'api', '5000')).trim();
    const manual = await fetch(`http://${address}/docs/README.md`, { headers: { 'x-auth-token': token } });
    expect([manual.status, await manual.text()]).toEqual([200, readFileSync(join(ROOT, 'docs/README.md'), 'utf8')]);
  }, LIMIT_MS);

  test('a process of each kind is killed: each is there again by itself, and nothing is lost', async () => {
    for (const service of ['api', 'control', 'temporal', 'postgres']) process.kill(await pidOf(`grid-drill-${service}-1`), 'SIGKILL');
    await eventually(() => grid('status').catch(() => ''), (said) => said.includes('cluster'), 180_000);
    await grid('launch', 'reference/1.0.0', 'size=1');
    expect(await clusters()).toEqual(['cluster/drill/reference/1.0.0/1', 'cluster/drill/reference/1.0.0/2']);
    for (const id of await clusters()) await shownUntil(id, ({ state, conditions }) => state === 'ready' && conditions.length === 0);
  }, LIMIT_MS);

  test('down and up again: what there was is there, and what ended with the example of a machine is made anew when asked', async () => {
    await composed('down');
    await up();
    expect(await clusters()).toEqual(['cluster/drill/reference/1.0.0/1', 'cluster/drill/reference/1.0.0/2']);
    await repaired();
  }, LIMIT_MS);

  test('backed up, deleted with all volumes, restored: the same again', async () => {
    await run('tools/production/backup.sh', [join(work, 'backup')]);
    await composed('down', '--volumes');
    await run('tools/production/restore.sh', [join(work, 'backup')]);
    await up();
    expect(await clusters()).toEqual(['cluster/drill/reference/1.0.0/1', 'cluster/drill/reference/1.0.0/2']);
    await repaired();
  }, LIMIT_MS);

  test('upgraded by `up` while a cluster launches: another build runs all lifecycles, and its processes of the API come after it', async () => {
    const current = async () => (await composed('logs', '--no-log-prefix', 'promote')).trim().split('\n').at(-1);
    expect(await current()).toMatch(/is the current build already$/);
    env = { ...env, GRID_IMAGE: 'grid-test/next:1' };
    let isUp = false;
    const upgraded = up().finally(() => (isUp = true));
    let launched = 0;
    // Whoever is not answered says it again, under the same key.
    for (; !isUp; launched++) await eventually(() => grid('launch', 'reference/1.0.0', 'size=1', '--no-wait', '--idempotency-key', `upgrade-${launched}`).then(() => true, () => false), (is) => is, 180_000);
    await upgraded;
    tell(`${launched} clusters launched meanwhile`);
    expect(await current()).toMatch(/-next\S* runs all lifecycles from their next step on/);
    expect(await clusters()).toHaveLength(2 + launched);
    for (const id of await clusters()) await shownUntil(id, ({ state, operation, conditions }) => state === 'ready' && operation === null && conditions.length === 0);
  }, LIMIT_MS);

  test('Prometheus beside it finds every process, takes the rules, and has something for each picture of the dashboard', async () => {
    writeFileSync(join(work, 'prometheus.token'), (await grid('token', 'create', '--name', 'prometheus', '--role', 'read', '--owner', 'ops')).trim().split('\n').at(-1)!.trim(), { mode: 0o644 });
    const port = await freePort();
    env = { ...env, PROMETHEUS_IMAGE: 'grid-test/prometheus:1', PROMETHEUS_LISTEN: `127.0.0.1:${port}`, PROMETHEUS_TOKEN_FILE: join(work, 'prometheus.token'), GRAFANA_PASSWORD: 'unused' };
    compose = [...compose, '-f', 'tools/monitoring/docker-compose.yml'];
    await composed('up', '-d', '--wait', '--wait-timeout', '120', 'prometheus');
    const ask = async <T>(path: string): Promise<T> => ((await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as { data: T }).data;
    const scraped = async () => (await ask<{ activeTargets: { labels: { job: string }; health: string }[] }>('targets')).activeTargets.map(({ labels: { job }, health }) => `${job} ${health}`).sort();
    await eventually(scraped, (seen) => seen.length === 5 && seen.every((one) => one.endsWith(' up')), 120_000);
    expect(await scraped()).toEqual(['grid-api up', 'grid-api up', 'grid-control up', 'grid-control up', 'temporal up']);
    const { groups } = await ask<{ groups: { rules: { name: string; health: string }[] }[] }>('rules?type=alert');
    expect(groups.flatMap(({ rules }) => rules).length).toBeGreaterThan(15);
    // Rates need two looks, fifteen seconds apart.
    const silent = async () => (await Promise.all(EXPRESSIONS.map(async ({ title, expr }) => {
      const { result } = await ask<{ result: unknown[] }>(`query?query=${encodeURIComponent(expr.replaceAll('$__rate_interval', '1m'))}`);
      return result.length === 0 ? [title] : [];
    }))).flat();
    const shows = await eventually(silent, (titles) => titles.every((title) => QUIET.includes(title)), 120_000);
    tell(`pictures with nothing on them: ${shows.join(', ')}`);
  }, LIMIT_MS);

  async function repaired(): Promise<void> {
    for (const id of await clusters()) {
      await shownUntil(id, ({ conditions }) => conditions.some(({ type }) => type === 'Degraded'));
      await grid('repair', id);
      await shownUntil(id, ({ state, operation, conditions }) => state === 'ready' && operation === null && conditions.length === 0);
    }
  }

  const pidOf = async (container: string): Promise<number> => (await engine.docker.getContainer(container).inspect()).State.Pid;
});

/** Debian with what the images need and this host's Node, kept as an archive in the user's cache. */
async function importBase(engine: DockerEngine, work: string): Promise<void> {
  const archive = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'service-grid', 'production-base-2.tar');
  if (!existsSync(archive)) {
    tell('a base image …');
    const root = join(work, 'base');
    execFileSync('debootstrap', ['--variant=minbase', `--include=${INCLUDE.join(',')}`, 'bookworm', root, mirror()], { stdio: ['ignore', 'ignore', 'inherit'] });
    copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
    const npm = realNpm();
    execFileSync('cp', ['-a', '.', mkdirs(root, 'usr/local/lib/node_modules/npm')], { cwd: npm });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    // How this host reaches its registry, for an image of this host alone.
    copyFileSync('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'));
    const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
    writeFileSync(join(root, 'root/.npmrc'), `registry=${registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\n`);
    execFileSync('chroot', [root, 'apt-get', 'clean']);
    mkdirSync(dirname(archive), { recursive: true });
    execFileSync('tar', ['-C', root, '-cf', `${archive}.${process.pid}`, '.']);
    execFileSync('mv', [`${archive}.${process.pid}`, archive]);
    rmSync(root, { recursive: true });
  }
  execFileSync('docker', ['import', '--change', 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt', archive, BASE], { env: { ...process.env, DOCKER_HOST: `unix://${engine.socket}` } });
}

const realNpm = (): string => join(execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim(), 'npm');
const mkdirs = (...parts: string[]): string => {
  const path = join(...parts);
  mkdirSync(path, { recursive: true });
  return path;
};

/** The mirror that apt of this host is configured with. */
function mirror(): string {
  const files = ['/etc/apt/sources.list', ...readdirSync('/etc/apt/sources.list.d').map((name) => join('/etc/apt/sources.list.d', name))].filter((path) => existsSync(path));
  const found = files.map((path) => /^(?:deb(?: \[[^\]]*\])?|URIs:) (https?:\S+)/m.exec(readFileSync(path, 'utf8'))?.[1]).find((url) => url !== undefined);
  if (!found) throw new Error('apt has no mirror');
  return found;
}
