import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { tripleOf } from '../../model/environment/identity';
import { asDict } from '../../model/hrd/as_dict';
import { toText } from '../../model/hrd/get';
import type { Hrd } from '../../model/hrd/hrd';
import { scriptOutput, type ScriptOutput } from '../actions/script_output';
import { throwProblem } from '../problem_error';
import { runChild, type ChildResult } from '../run_child';
import { actionCommand } from './action_command';
import { keyText, type InstanceDirectory, type InstanceKey } from './instance_directory';
import type { Place } from './place';

export interface ActionCall {
  key: InstanceKey;
  dir: InstanceDirectory;
  /** The actions file. */
  file: string;
  /** None: only the names of what the file defines are asked for, as the result. */
  action?: string;
  /** Everything the instance is made of, references replaced. */
  hrd: Hrd;
  /** What of that nobody may see in its output or its result, longest first. */
  secrets?: string[];
  /** What whoever asks for it gives it. */
  args?: Record<string, string>;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface ActionResult {
  /** Last of what it printed on both streams. */
  output: string;
  result: unknown;
}

export const KEPT_OUTPUT_BYTES = 16 * 1024;
/** Whoever prints more than this is not telling anybody anything. */
const MAX_PRINTED_BYTES = 8 * 1024 * 1024;
const MAX_RESULT_BYTES = 64 * 1024;
const EVIDENCE_CHARS = 4096;

/** By this label what a dead agent's actions left behind is found. */
export const ACTION_LABEL = 'GRID_ACTION';

/** Where actions have their files while they run. */
export const actionsRoot = ({ root }: Place) => join(root, 'actions');

/**
 * Runs one action of an instance within limits of time and output (DESIGN §11 *AtYourService*). Afterwards nothing that
 * it forked is left: what is to run on is a `process.N` of the recipe.
 * @throws ProblemError 409 `action_failed`, 504 `action_timed_out`, 409 `action_flooded`, each with its last output.
 */
export async function runAction(place: Place, call: ActionCall): Promise<ActionResult> {
  await mkdir(actionsRoot(place), { recursive: true, mode: 0o700 });
  const temporary = await mkdtemp(join(actionsRoot(place), 'run-'));
  const output = scriptOutput(KEPT_OUTPUT_BYTES, [[temporary, '.'], [call.dir.path, '.'], [place.root, '$(system.paths.base)'], ...hidden(call)]);
  try {
    await writeFile(contextFile(temporary), JSON.stringify(contextOf(place, call)), { mode: 0o600 });
    const ending = await runWithinLimits(place, call, temporary, output);
    output.close();
    failUnlessDone(call, ending, output.text());
    return { output: output.text(), result: await readResult(call, temporary) };
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
  }
}

const HIDDEN = '***';
const hidden = ({ secrets = [] }: ActionCall): [string, string][] => secrets.map((secret) => [secret, HIDDEN]);

type Ending = Pick<ChildResult, 'exit' | 'signal' | 'timedOut'> & { flooded?: boolean };

async function runWithinLimits(place: Place, call: ActionCall, temporary: string, output: ScriptOutput): Promise<Ending> {
  const flood = new AbortController();
  try {
    return await runChild({
      argv: await actionCommand(call.file, call.action),
      cwd: call.dir.path,
      env: environment(place, call, temporary),
      labels: { ...place.labels, [ACTION_LABEL]: `${keyText(call.key)}/${call.action ?? ''}` },
      timeoutMs: call.timeoutMs,
      signal: AbortSignal.any([call.signal, flood.signal]),
      keepBytes: 1,
      onOutput: (chunk, stream) => {
        if (output.bytes() > MAX_PRINTED_BYTES) return flood.abort();
        output.write(chunk, stream);
      },
    });
  } catch (error) {
    if (call.signal.aborted || !flood.signal.aborted) throw error;
    return { exit: null, signal: 'SIGKILL', timedOut: false, flooded: true };
  }
}

function failUnlessDone({ key, action = 'load', timeoutMs }: ActionCall, { exit, signal, timedOut, flooded }: Ending, output: string): void {
  if (exit === 0 && !timedOut) return;
  const evidence = output.slice(-EVIDENCE_CHARS);
  const what = `instance ${keyText(key)}: its action ${action}`;
  if (flooded) {
    throwProblem(409, 'action_flooded', `${what} printed more than ${MAX_PRINTED_BYTES / 1024 / 1024} MiB`,
      'Let it print less, update the service, then retry.', { field: `actions.${action}`, evidence });
  }
  if (timedOut) {
    throwProblem(504, 'action_timed_out', `${what} did not end within ${timeoutMs / 1000} s`,
      'Look at what it waits for, or give actions more time; then retry.', { field: `actions.${action}`, evidence });
  }
  const last = lastWords(output);
  throwProblem(409, 'action_failed', `${what} ended with ${exit ?? signal}${last ? `: ${last}` : ''}`,
    'Read its output, mend the cause or the recipe, then retry.', { field: `actions.${action}`, evidence });
}

/** The last line that a person would read: where an exception came from stands below what it says. */
const lastWords = (output: string) =>
  output.split('\n').filter((line) => line.trim() && !/^\s*(?:at |File ")/.test(line)).at(-1)?.replace(/\p{Cc}/gu, '').trim().slice(0, 200);

const contextFile = (temporary: string) => join(temporary, 'context.json');
const resultFile = (temporary: string) => join(temporary, 'result.json');

const contextOf = ({ agent, machine, address, root }: Place, { key, dir, action, hrd, args = {} }: ActionCall) => ({
  action: action ?? '',
  service: { ...nameOf(key), path: dir.path },
  hrd: asDict(hrd),
  machine: { id: machine, number: agent, address, root },
  args,
});

const nameOf = ({ service, instance }: InstanceKey) => (instance === null ? { name: tripleOf(service).name, instance: tripleOf(service).instance } : { name: service, instance });

function environment(place: Place, { dir, file, hrd, args = {} }: ActionCall, temporary: string): Record<string, string> {
  return {
    PATH: programPath(),
    HOME: dir.path,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    // What it printed must be there when it is ended at a limit.
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    GRID_ADDRESS: place.address,
    GRID_CONTEXT: contextFile(temporary),
    GRID_RESULT: resultFile(temporary),
    ...(file.endsWith('.sh') ? { ...variables(hrd), ...argVariables(args) } : {}),
  };
}

/** Where programs are looked for: Node is there in any case. */
export const programPath = () => [process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', dirname(process.execPath)].join(delimiter);

/** `instance.param.port` as `HRD_INSTANCE_PARAM_PORT`. */
const variables = ({ items }: Hrd): Record<string, string> =>
  Object.fromEntries(items.map((item) => [`HRD_${item.key.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, toText(item).replaceAll('\0', '')]));

const argVariables = (args: Record<string, string>) => Object.fromEntries(Object.entries(args).map(([name, value]) => [`GRID_ARG_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, value.replaceAll('\0', '')]));

async function readResult({ key, action = 'load', secrets = [] }: ActionCall, temporary: string): Promise<unknown> {
  const file = await open(resultFile(temporary), 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_RESULT_BYTES + 1), 0, MAX_RESULT_BYTES + 1, 0);
    if (bytesRead > MAX_RESULT_BYTES) throw new RangeError(`it has more than ${MAX_RESULT_BYTES / 1024} KiB`);
    // Before it is read: what cannot be is shown in the complaint.
    const text = secrets.reduce((seen, secret) => seen.replaceAll(JSON.stringify(secret).slice(1, -1), HIDDEN), buffer.toString('utf8', 0, bytesRead));
    return JSON.parse(text) as unknown;
  } catch (error) {
    return throwProblem(409, 'action_failed', `instance ${keyText(key)}: the result of its action ${action} cannot be read: ${(error as Error).message}`,
      'Return less, or write it to the file GRID_RESULT as JSON; then retry.', { field: `actions.${action}` });
  } finally {
    await file.close();
  }
}
