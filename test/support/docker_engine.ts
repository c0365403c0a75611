import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';

/** An image with a shell and the common tools, which no registry has. */
export const BASE_IMAGE = 'grid-test/base:1';
/** The same, with a program of its own that it runs. */
export const TALKING_IMAGE = 'grid-test/talking:1';
/** One binary and nothing else: no shell, no command. */
export const BARE_IMAGE = 'grid-test/bare:1';

/** A Docker engine of the test's own: its socket, data and containers lie in a directory that goes with it. */
export interface DockerEngine {
  socket: string;
  dir: string;
  docker: Docker;
  start(): Promise<void>;
  /** Of the daemon that was started last. */
  pid(): number;
  /** As a power cut does to the engine, but not to its host. */
  kill(): Promise<void>;
  /** Puts an image there: files by path, `!x` in front of what is executable, and what it says of itself. */
  addImage(name: string, files: Record<string, Buffer | string>, changes?: string[]): Promise<void>;
  close(): Promise<void>;
}

const READY_LIMIT_MS = 30_000;

/**
 * Starts an engine with {@link BASE_IMAGE}, {@link TALKING_IMAGE} and {@link BARE_IMAGE}. Leaves the host's own firewall and bridges alone.
 * @param more of its own arguments
 * @param enter what it is begun with to be in another network
 */
export async function startDockerEngine(more: readonly string[] = [], enter: readonly string[] = []): Promise<DockerEngine> {
  const dir = mkdtempSync(join(tmpdir(), 'grid-docker-'));
  const socket = join(dir, 'docker.sock');
  const docker = new Docker({ socketPath: socket });
  const name = dir.split('-').at(-1)!;
  const [program, ...argv] = [
    ...enter, 'dockerd', '--data-root', join(dir, 'data'), '--exec-root', join(dir, 'run'), '--pidfile', join(dir, 'pid'), '--host', `unix://${socket}`,
    '--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false', '--shutdown-timeout', '1',
    '--containerd-namespace', `grid-test-${name}`, '--containerd-plugins-namespace', `grid-test-plugins-${name}`, ...more,
  ];
  let daemon: ChildProcess | undefined;
  const engine: DockerEngine = {
    socket, dir, docker,
    async start() {
      // Of one that was killed: the numbers in them may be those of others by now.
      for (const pid of ['pid', 'run/containerd/containerd.pid']) rmSync(join(dir, pid), { force: true });
      const log = openSync(join(dir, 'log'), 'a');
      daemon = spawn(program!, argv, { stdio: ['ignore', log, log] });
      closeSync(log);
      const until = Date.now() + READY_LIMIT_MS;
      while (!(await docker.ping().then(() => true, () => false))) {
        if (daemon.exitCode !== null || Date.now() > until) throw new Error(`dockerd does not start: ${readFileSync(join(dir, 'log'), 'utf8').slice(-2_000)}`);
        await sleep(50);
      }
    },
    pid: () => daemon!.pid!,
    kill: () => end(daemon!, 'SIGKILL'),
    async addImage(image, files, changes = []) {
      const root = mkdtempSync(join(dir, 'image-'));
      for (const [path, content] of Object.entries(files)) {
        const executable = path.startsWith('!');
        const at = join(root, executable ? path.slice(1) : path);
        mkdirSync(join(at, '..'), { recursive: true });
        writeFileSync(at, content, { mode: executable ? 0o755 : 0o644 });
      }
      await load(docker, root, image, changes);
    },
    async close() {
      // What a killed one left on the host only an engine can remove.
      if (daemon?.exitCode !== null || daemon.signalCode !== null) await engine.start();
      await removeAll(docker);
      await end(daemon!, 'SIGTERM');
      unmountBelow(dir);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await engine.start();
  const base = join(dir, 'base');
  mkdirSync(join(base, 'bin'), { recursive: true });
  for (const empty of ['tmp', 'etc', 'dev', 'proc', 'sys']) mkdirSync(join(base, empty));
  copyFileSync('/bin/busybox', join(base, 'bin/busybox'));
  for (const applet of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('busybox', join(base, 'bin', applet));
  }
  await load(docker, base, BASE_IMAGE, ['ENV IMAGE=base']);
  await load(docker, base, TALKING_IMAGE, ['EXPOSE 80', 'ENTRYPOINT ["/bin/sh", "-c"]', 'CMD ["echo I am the image; exec sleep 300"]']);
  await engine.addImage(BARE_IMAGE, { '!sleep': readFileSync('/bin/busybox') });
  return engine;
}

/** Removes a container as a person does, who asks again when the engine, still writing its log, says that its directory is not empty. */
export async function removeByHand(docker: Docker, id: string): Promise<void> {
  const until = Date.now() + READY_LIMIT_MS;
  for (;;) {
    try {
      return await docker.getContainer(id).remove({ force: true });
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      if (statusCode === 404) return;
      if (Date.now() > until || (statusCode !== 500 && statusCode !== 409)) throw error;
      await sleep(50);
    }
  }
}

async function load(docker: Docker, root: string, image: string, changes: string[]): Promise<void> {
  const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [, repo, tag] = /^(.+):([^:]+)$/.exec(image)!;
  const answer = await docker.importImage(tar.stdout, { repo, tag, ...(changes.length ? { changes } : {}) } as object);
  for await (const line of answer as unknown as AsyncIterable<Buffer>) if (String(line).includes('"error"')) throw new Error(String(line));
}

async function end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const gone = once(daemon, 'exit');
  daemon.kill(signal);
  await gone;
}

async function removeAll(docker: Docker): Promise<void> {
  for (const { Id } of await docker.listContainers({ all: true })) await removeByHand(docker, Id).catch(() => {});
  for (const { Id, Driver } of await docker.listNetworks()) if (Driver === 'bridge') await docker.getNetwork(Id).remove().catch(() => {});
}

/** What an engine that was killed left mounted. */
function unmountBelow(dir: string): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map((line) => line.split(' ')[4] ?? '');
  for (const path of mounts.filter((one) => one.startsWith(`${dir}/`)).reverse()) execFileSync('umount', ['-l', path]);
}
