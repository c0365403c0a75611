import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { isExecutable } from '../../../process/is_executable';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** A limit of its container that it went beyond. */
  limitation?: { kind: 'MEMORY' | 'DISK'; message: string };
}

export interface ProcessSpec {
  task: string;
  argv: string[];
  cwd: string;
  env: Record<string, string>;
}

export interface Running {
  pid: number;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** How an agent has processes; a test may have its own way. */
export interface Launcher {
  /** How long an executor takes to be there, and then its task. */
  executorMs: number;
  forkMs: number;
  /** Makes a sandbox, and a second way to it. */
  makeSandbox(dir: string, link?: string): void;
  hasUser(name: string): boolean;
  canFetch(uri: string): boolean;
  /** `onExit` is called when the process and all that it forked is gone. */
  start(spec: ProcessSpec, onExit: (exit: Exit) => void): Running;
  /** The program of argv is there to be run. */
  isProgram(name: string): boolean;
  /** A check that runs a command: its exit code; null when it did not end in time. */
  check(spec: ProcessSpec, limitMs: number, done: (code: number | null) => void): void;
  probeTcp(host: string, port: number, limitMs: number, done: (open: boolean) => void): void;
  /** The status; 0 when nobody answers. */
  probeHttp(url: { host: string; port: number; path: string }, limitMs: number, done: (status: number) => void): void;
}

/** Real processes, each the head of a group of its own. */
export const realLauncher: Launcher = {
  executorMs: 5,
  forkMs: 1,
  makeSandbox(dir, link) {
    mkdirSync(dir, { recursive: true });
    if (link === undefined) return;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(dir, link);
  },
  hasUser: (name) => name === 'root' || name === process.env.USER,
  canFetch: (uri) => existsSync(uri.replace(/^file:\/\//, '')),
  isProgram: (name) => (name.includes('/') ? isExecutable(name) : (process.env.PATH ?? '').split(delimiter).some((dir) => isExecutable(join(dir, name)))),
  start({ argv, cwd, env }, onExit) {
    const [out, err] = ['stdout', 'stderr'].map((name) => openSync(join(cwd, name), 'a')) as [number, number];
    const child = spawn(argv[0]!, argv.slice(1), { cwd, env, detached: true, stdio: ['ignore', out, err] });
    closeSync(out);
    closeSync(err);
    const signal = (name: NodeJS.Signals) => {
      try {
        process.kill(-child.pid!, name);
      } catch {
        // It is gone.
      }
    };
    child.on('error', () => onExit({ code: 1, signal: null }));
    child.on('exit', (code, by) => {
      signal('SIGKILL');
      endContainer(cwd);
      onExit({ code, signal: by });
    });
    child.unref();
    return { pid: child.pid ?? 0, signal };
  },
  check({ argv, cwd, env }, limitMs, done) {
    const child = spawn(argv[0]!, argv.slice(1), { cwd, env, stdio: 'ignore', timeout: limitMs, killSignal: 'SIGKILL' });
    child.on('error', () => done(null));
    child.on('exit', (code) => done(code));
  },
  probeTcp(host, port, limitMs, done) {
    const socket = connect({ host, port, timeout: limitMs });
    const end = (open: boolean) => { socket.destroy(); done(open); };
    socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false));
  },
  probeHttp({ host, port, path }, limitMs, done) {
    const asked = request({ host, port, path, timeout: limitMs }, (response) => { response.resume(); done(response.statusCode!); });
    asked.once('error', () => done(0)).once('timeout', () => asked.destroy()).end();
  },
};

const LOOKS = 100;

/** As with containers of Mesos, whose processes end with their first one: sessions of their own too, wherever in the sandbox they are. */
function endContainer(sandbox: string): void {
  if (!existsSync('/proc/self')) return;
  const within = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && cwdOf(pid).startsWith(`${sandbox}/`));
  // What is forked while one looks is found by the next look.
  for (let looks = 0, pids = within(); pids.length > 0 && looks < LOOKS; looks += 1, pids = within()) for (const pid of pids) endProcess(Number(pid));
}

/** With a slash at its end; empty of one that is gone, or about to be. */
function cwdOf(pid: string): string {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`;
  } catch {
    return '';
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
