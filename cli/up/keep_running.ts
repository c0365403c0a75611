import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { problem, type Problem } from '../../model/errors';
import { boundLog, openLog, tailLog } from './log_file';
import type { Tell } from './progress';

/** One process that belongs to a running grid. */
export interface Program {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** How long it may take to end when asked to. */
  graceMs: number;
  /** Called with the pid of each start, before anything else happens. */
  onStart?(pid: number): void;
}

export interface Kept {
  name: string;
  /** The process that runs now; undefined between a death and the next start. */
  pid(): number | undefined;
  /** Asks it to end, waits its grace, then makes it end; it is not started again. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;
const DEATHS = 5;
const SHORT_LIFE_MS = 10_000;
const BOUND_EVERY_MS = 30_000;

/**
 * Runs the program and starts it again whenever it ends, at first after 0.2 s, more slowly the more often it
 * ended within the last ten seconds.
 * @param onHopeless told, with the last lines of its log, whenever it ended five times in a row within ten seconds of its start
 */
export function keepRunning(program: Program, tell: Tell, onHopeless: (problem: Problem) => void): Kept {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let startedAt = 0;
  let deaths: number[] = [];
  let shortLives = 0;

  const start = (): Promise<void> => {
    boundLog(program.logFile);
    const log = openLog(program.logFile);
    // A group of its own: Ctrl-C in the terminal must reach the one who ends them in order, not all at once.
    child = spawn(program.command, program.args, { env: program.env, stdio: ['pipe', log, log], detached: true });
    closeSync(log);
    startedAt = Date.now();
    const started = child;
    // The pipe only tells the child that we are gone; that the child is gone first is no error.
    started.stdin?.on('error', () => undefined);
    if (started.pid !== undefined) program.onStart?.(started.pid);
    return new Promise((resolve) => {
      started.once('error', (error) => died(`could not be started: ${error.message}`, resolve));
      started.once('exit', (code, signal) => died(`ended with ${signal ?? `exit code ${code}`}`, resolve));
    });
  };

  const died = (how: string, resolve: () => void) => {
    child = undefined;
    deaths = [...deaths.filter((at) => at > Date.now() - SHORT_LIFE_MS), Date.now()];
    shortLives = Date.now() - startedAt < SHORT_LIFE_MS ? shortLives + 1 : 0;
    resolve();
    if (stopping.signal.aborted) return;
    tell(`${program.name} ${how}; starting it again`);
    if (shortLives > 0 && shortLives % DEATHS === 0) onHopeless(cannotComeUp(program, how));
  };

  const loop = async () => {
    while (!stopping.signal.aborted) {
      await start();
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (deaths.length - 1), MAX_DELAY_MS);
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const bounding = setInterval(() => boundLog(program.logFile), BOUND_EVERY_MS).unref();
  const ended = loop();
  return {
    name: program.name,
    pid: () => child?.pid,
    kill: () => {
      stopping.abort();
      child?.kill('SIGKILL');
    },
    stop: async () => {
      stopping.abort();
      clearInterval(bounding);
      child?.kill('SIGTERM');
      const forced = setTimeout(() => child?.kill('SIGKILL'), program.graceMs);
      await ended;
      clearTimeout(forced);
    },
  };
}

function cannotComeUp(program: Program, how: string): Problem {
  return problem(
    503,
    'process_does_not_come_up',
    `${program.name} ${how}, ${DEATHS} times in a row within ${SHORT_LIFE_MS / 1000} s of its start`,
    `see the end of its log ${program.logFile}`,
    { evidence: tailLog(program.logFile) },
  );
}
