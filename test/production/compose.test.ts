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
const BASE = 'grid-test/production-base:1';
const INCLUDE = ['ca-certificates', 'git', 'gzip', 'openssh-client', 'openssh-server', 'postgresql', 'python3', 'tar'];
const LIMIT_MS = 900_000;
const ROOT = projectRoot();
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
    const build = (...args: string[]) => run('docker', ['build', '--quiet', '--network', 'host', '--build-arg', `BASE_IMAGE=${BASE}`, ...args]);
    tell('images of the grid …');
    await build('--file', 'tools/images/grid.Dockerfile', '--target', 'grid', '--tag', `service-grid:${VERSION}`, '.');
    await build('--file', 'tools/images/grid.Dockerfile', '--target', 'machine', '--tag', `service-grid-machine:${VERSION}`, '.');
    await build('--file', 'test/production/images/postgres.Dockerfile', '--tag', 'grid-test/postgres:1', 'test/production/images');
    tell('images of Temporal …');
    await run('tools/images/temporal.sh', ['--quiet', '--network', 'host', '--build-arg', `BASE_IMAGE=${BASE}`]);
    const apis = await freePort();
    writeFileSync(join(work, 'env'), [
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
  const archive = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'service-grid', 'production-base-1.tar');
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
