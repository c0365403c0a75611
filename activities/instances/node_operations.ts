import { readFile, writeFile } from 'node:fs/promises';
import type { PhaseResult } from '../../model/services/agent_protocol';
import { throwProblem } from '../problem_error';
import { runChild } from '../run_child';
import { destination } from './export_path';
import { keyText } from './instance_directory';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';
import { KEPT_OUTPUT_BYTES, programPath } from './run_action';
import { splitWords } from './split_words';

type Operation = (place: Place, instance: ReadInstance, args: Record<string, string>, signal: AbortSignal) => Promise<PhaseResult & { result?: unknown }>;

const MAX_FILE_BYTES = 48 * 1024;

/** What every machine can do for who consumes it as a node (A-25), unless its own actions file does it. */
export const NODE_OPERATIONS: Record<string, Operation> = { execute, upload, download };

/** @throws ProblemError 400 for no command or one for a shell, 409 `action_failed` with its output */
async function execute(place: Place, { state }: ReadInstance, { cmd = '' }: Record<string, string>, signal: AbortSignal): Promise<PhaseResult & { result?: unknown }> {
  const argv = words(cmd);
  if (argv.length === 0) throwProblem(400, 'missing_value', 'execute needs a command', "Give one, as in --cmd 'uptime'.", { field: 'cmd' });
  const { exit, signal: killed, stdout, stderr, timedOut } = await runChild({
    argv, cwd: place.root, env: { PATH: programPath(), HOME: place.root, LANG: 'C.UTF-8', GRID_ADDRESS: place.address }, labels: place.labels,
    timeoutMs: state.spec.actionTimeoutMs, signal, keepBytes: KEPT_OUTPUT_BYTES,
  });
  const output = stdout + stderr;
  if (exit === 0) return { output, result: { exit, stdout, stderr } };
  return throwProblem(409, 'action_failed', `instance ${keyText(state.spec)}: ${argv[0]} ${timedOut ? 'took too long' : `ended with ${exit ?? killed}`}`, 'Read its output; then retry.', { evidence: output.slice(-4_096) });
}

function words(cmd: string): string[] {
  try {
    return splitWords(cmd);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return throwProblem(400, 'bad_command', `the command cannot be run: ${error.message}`, 'Give a program and its arguments; for more, upload a script and run that.', { field: 'cmd' });
  }
}

async function upload(place: Place, { dir }: ReadInstance, { path = '', content = '' }: Record<string, string>): Promise<PhaseResult & { result?: unknown }> {
  const dest = await destination(place, dir, path, path, 'path');
  await writeFile(dest, content, { mode: 0o600 });
  return { output: '', result: { bytes: Buffer.byteLength(content) } };
}

async function download(place: Place, { dir }: ReadInstance, { path = '' }: Record<string, string>): Promise<PhaseResult & { result?: unknown }> {
  const from = await destination(place, dir, path, path, 'path');
  const bytes = await readFile(from).catch(() => throwProblem(404, 'file_not_found', `there is no file ${path.slice(0, 120)} on this node`, 'See what there is: --cmd ls.', { field: 'path' }));
  if (bytes.length > MAX_FILE_BYTES) throwProblem(413, 'file_too_large', `${path.slice(0, 120)} has more than ${MAX_FILE_BYTES / 1024} KiB`, 'Fetch it by other means.', { field: 'path' });
  return { output: '', result: { content: bytes.toString('utf8') } };
}
