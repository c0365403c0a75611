import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { boundedOutput, type BoundedOutput } from './bounded_output';
import { cannotStart } from './cannot_start';
import { sendSignal } from './processes/identity';
import { hasLabels, type SeenProcess } from './processes/scan';
import { sealStdio } from './processes/stray_descriptors';
import { sweep } from './processes/sweep';
import { within } from './within';

export interface ChildRequest {
  /** Program and arguments, never a shell line. The program is looked for on `env.PATH`. */
  argv: string[];
  /** The whole environment; nothing of ours is added but `labels` and `GRID_CHILD`. */
  env: Record<string, string>;
  cwd: string;
  /** Written to its standard input, then closed; without it the input is empty. */
  stdin?: string;
  timeoutMs: number;
  /** Added to the environment, so that what a crash of ours left behind can be found by `sweepByLabel`. */
  labels: Record<string, string>;
  signal: AbortSignal;
  onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
  /** How much of stdout and of stderr is kept: the last bytes of each. */
  keepBytes: number;
}

export interface ChildResult {
  exit: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  truncated: boolean;
  timedOut: boolean;
}

/** How long the pipes may stay open after everything that could hold them was killed. */
const DRAIN_LIMIT_MS = 1_000;

/**
 * Runs one command in a process group of its own, within its limits. When this returns or throws, the command and all
 * it forked are gone, also what left its group: they are found by a label no other run has.
 * @throws ProblemError 400 `cannot_start` when there is no such program; `signal.reason` after an abort.
 */
export async function runChild(request: ChildRequest): Promise<ChildResult> {
  request.signal.throwIfAborted();
  const mark = { GRID_CHILD: randomUUID() };
  const child = launch(request, mark);
  const ended = endOf(child);
  const stdout = collect(child, 'stdout', request);
  const stderr = collect(child, 'stderr', request);
  feed(child, request.stdin);
  await started(child, request.argv[0]!);
  const timedOut = await endsOrIsCut(child, ended, request);
  await sweep((seen) => hasLabels(seen, mark) || isUnreaped(seen, child));
  const end = await ended;
  await drain(child);
  request.signal.throwIfAborted();
  return { ...end, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated() || stderr.truncated(), timedOut };
}

function launch({ argv, cwd, env, labels, stdin }: ChildRequest, mark: Record<string, string>): ChildProcess {
  try {
    return spawn(argv[0]!, argv.slice(1), {
      cwd,
      env: { ...env, ...labels, ...mark },
      detached: true,
      stdio: sealStdio([stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']),
    });
  } catch (error) {
    return cannotStart(argv[0], error);
  }
}

function endOf(child: ChildProcess): Promise<{ exit: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    child.once('exit', (exit, signal) => {
      // Now, not later: the number of an empty group is free for others, though not within this moment.
      sendSignal(-child.pid!, 'SIGKILL');
      resolve({ exit, signal });
    });
  });
}

const started = (child: ChildProcess, program: string) =>
  once(child, 'spawn').catch((error: unknown) => cannotStart(program, error));

function collect(child: ChildProcess, stream: 'stdout' | 'stderr', { keepBytes, onOutput }: ChildRequest): BoundedOutput {
  const output = boundedOutput(keepBytes);
  child[stream]!.on('data', (chunk: Buffer) => {
    output.write(chunk);
    onOutput?.(chunk, stream);
  });
  return output;
}

function feed(child: ChildProcess, stdin: string | undefined): void {
  // A command may end without having read its input: that is its affair.
  child.stdin?.on('error', () => {}).end(stdin);
}

/** Resolves when the command ended or was killed at a limit; true when that limit was the time. */
async function endsOrIsCut(child: ChildProcess, ended: Promise<unknown>, { timeoutMs, signal }: ChildRequest): Promise<boolean> {
  const inTime = await within(ended, timeoutMs, signal);
  if (!inTime) sendSignal(-child.pid!, 'SIGKILL');
  return !inTime && !signal.aborted;
}

const isUnreaped = (seen: SeenProcess, child: ChildProcess) =>
  seen.pid === child.pid && child.exitCode === null && child.signalCode === null;

async function drain(child: ChildProcess): Promise<void> {
  const streams = [child.stdout!, child.stderr!].filter((stream) => !stream.closed);
  await within(Promise.all(streams.map((stream) => once(stream, 'close'))), DRAIN_LIMIT_MS);
  for (const stream of streams) stream.destroy();
}
