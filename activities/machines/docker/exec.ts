import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecRequest, ExecResult } from '../../../model/machine';
import { boundedOutput } from '../../bounded_output';
import { cannotStart } from '../../cannot_start';
import { throwProblem } from '../../problem_error';
import { within } from '../../within';
import { noMachine } from '../process/no_machine';
import { checkId } from '../check_machine';
import { ownVariables } from './container_options';
import { containerOf } from './containers';
import { ask, listen, type Engine } from './engine';
import { END_SCRIPT, MARK, RUN_SCRIPT } from './exec_scripts';
import { framesOf } from './frames';
import { lastOutput } from './log_records';
import { statusOf } from './machine_view';
import { isRefusal } from './trouble';

const KEPT_BYTES = 64 * 1024;

/** How long the engine may take to tell the end of what was ended. */
const END_LIMIT_MS = 10_000;

/** Programs that cannot be run, as engines say it. */
const NOT_RUN = [126, 127];

/**
 * See `Driver.exec`. An engine cannot end what it executes, so it is run by a shell of the image that ends what the
 * command leaves, and a second one ends it when its time is over. In an image without /bin/sh a command is run as it is,
 * and one that overruns its time is left running, which is then said.
 * @throws ProblemError 409 `cannot_end` for that
 */
export async function exec(engine: Engine, id: string, request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
  signal.throwIfAborted();
  checkId(id);
  const container = (await containerOf(engine, id, { signal })) ?? noMachine(id);
  if (!container.State.Running) {
    throwProblem(409, 'machine_dead', `machine ${id} is dead: nothing can be run in it`,
      'See its logs; repair the cluster it belongs to.', { evidence: await lastOutput(engine, container) });
  }
  if (!request.argv[0] || request.argv.some((part) => part.includes('\0'))) cannotStart(request.argv[0], { code: 'EINVAL' });
  const run: Execution = { engine, container: container.Id, machine: id, mark: randomUUID(), request, signal };
  const byShell = await execute(run, ['/bin/sh', '-c', RUN_SCRIPT, 'exec', ...request.argv]);
  const ran = byShell.ran ? byShell : await execute(run, request.argv);
  const { ran: wasRun, ...result } = ran;
  const isMissing = byShell.ran ? result.exit === 127 && result.stderr === `${run.mark}\n` : !wasRun;
  return isMissing ? cannotStart(request.argv[0], { code: 'ENOENT' }) : result;
}

interface Execution {
  engine: Engine;
  container: string;
  machine: string;
  mark: string;
  request: ExecRequest;
  signal: AbortSignal;
}

/** Runs argv to its end; `ran` is false when the engine could not begin it. */
async function execute({ engine, container, machine, mark, request, signal }: Execution, argv: string[]): Promise<ExecResult & { ran: boolean }> {
  const env = { ...request.env, ...ownVariables(engine.host, machine), [MARK]: mark };
  const id = await begin(engine, container, { argv, env, hasInput: request.stdin !== undefined }, signal);
  const stdout = boundedOutput(KEPT_BYTES);
  const stderr = boundedOutput(KEPT_BYTES);
  const stream = await listen(engine, (docker, abortSignal) => docker.getExec(id).start({ hijack: true, stdin: request.stdin !== undefined, abortSignal }));
  const ended = (async () => {
    for await (const frame of framesOf(stream)) (frame.stream === 'stdout' ? stdout : stderr).write(frame.data);
  })().catch(() => {});
  stream.on('error', () => {});
  // A command may end without having read its input: that is its affair.
  if (request.stdin !== undefined) stream.end(request.stdin);
  try {
    const inTime = await within(ended, request.timeoutMs, signal);
    if (!inTime) await end(engine, container, mark);
    await within(ended, END_LIMIT_MS);
    signal.throwIfAborted();
    const status = await statusOfExec(engine, id);
    return { ...status, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated() || stderr.truncated(), timedOut: !inTime };
  } finally {
    stream.destroy();
  }
}

async function begin(engine: Engine, container: string, { argv, env, hasInput }: { argv: string[]; env: Record<string, string>; hasInput: boolean }, signal?: AbortSignal): Promise<string> {
  const Env = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const { id } = await ask(engine, (docker, abortSignal) =>
    docker.getContainer(container).exec({ AttachStdin: hasInput, AttachStdout: true, AttachStderr: true, Cmd: argv, Env, abortSignal }), { signal });
  return id;
}

/** Ends an execution with all that belongs to it, as the user that it runs as. */
async function end(engine: Engine, container: string, mark: string): Promise<void> {
  const id = await begin(engine, container, { argv: ['/bin/sh', '-c', END_SCRIPT, 'end', mark], env: {}, hasInput: false });
  const stream = await listen(engine, (docker, abortSignal) => docker.getExec(id).start({ hijack: true, stdin: false, abortSignal }));
  try {
    await within((async () => { for await (const _ of framesOf(stream)); })().catch(() => {}), END_LIMIT_MS);
  } finally {
    stream.destroy();
  }
  const { ran } = await statusOfExec(engine, id);
  if (ran) return;
  throwProblem(409, 'cannot_end', `compute ${engine.host.compute}: a command in container ${container.slice(0, 12)} overran its time and runs on, for its image has no /bin/sh to end it with`,
    'Stop the machine, or use an image with a shell.', { evidence: container.slice(0, 12) });
}

/** How it ended. What is gone with its container was killed. */
async function statusOfExec(engine: Engine, id: string): Promise<{ exit: number | null; signal: string | null; ran: boolean }> {
  const until = Date.now() + END_LIMIT_MS;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 200)) {
    const seen = await inspectExec(engine, id);
    if (!seen) return { exit: null, signal: 'SIGKILL', ran: true };
    const { Running, ExitCode, Pid } = seen;
    if (!Running && ExitCode !== null) return { ...asResult(ExitCode), ran: Pid !== 0 || !NOT_RUN.includes(ExitCode) };
    if (Date.now() > until) {
      throwProblem(503, 'still_running', `compute ${engine.host.compute}: a command that was executed does not end`, 'Stop the machine.', { evidence: id.slice(0, 12) });
    }
    await delay(pauseMs);
  }
}

function asResult(code: number): { exit: number | null; signal: string | null } {
  const status = statusOf(code);
  return { exit: status.code, signal: status.signal };
}

async function inspectExec(engine: Engine, id: string): Promise<{ Running: boolean; ExitCode: number | null; Pid: number } | undefined> {
  try {
    return await ask(engine, (docker, abortSignal) => docker.getExec(id).inspect({ abortSignal }));
  } catch (error) {
    if (isRefusal(error, 404, 409)) return undefined;
    throw error;
  }
}
