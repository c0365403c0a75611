import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_TAIL_LINES, LONGEST_LOG_WAIT_MS, type LogChunk, type LogRequest } from '../../../../model/machine';
import type { TaskPlace } from '../../../../model/mesos/messages';
import { fromCharacter, toCharacter } from '../../../bounded_output';
import { askAgent, sandboxOf } from './ask_agent';

const CHUNK_BYTES = 48 * 1024;
const TAIL_BYTES = 64 * 1024;
const LAST_BYTES = 4 * 1024;
const LAST_WITHIN_MS = 2_000;
const LOOK_MS = 250;

/** What a task printed, as far as its agent can be asked quickly. */
export async function lastOutput(at: TaskPlace, task: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(LAST_WITHIN_MS);
    const file = await stdoutOf(at, task, signal);
    if (file === undefined) return '';
    const size = await sizeOf(at, file, signal);
    return fromCharacter(await read(at, file, Math.max(0, size - LAST_BYTES), LAST_BYTES, signal)).toString('utf8');
  } catch {
    return '';
  }
}

/**
 * See `Driver.logs`: an offset is one of the file `stdout` in the sandbox, to which both go.
 * @param isOver nothing comes any more
 */
export async function logs(at: TaskPlace, task: string, { offset, tailLines = DEFAULT_TAIL_LINES, waitMs = 0 }: LogRequest, isOver: boolean, signal: AbortSignal): Promise<LogChunk> {
  const file = await stdoutOf(at, task, signal);
  if (file === undefined) return { text: '', nextOffset: offset ?? 0, end: true };
  if (offset === undefined) return tail(at, file, tailLines, isOver, signal);
  const until = Date.now() + Math.min(waitMs, LONGEST_LOG_WAIT_MS);
  for (;;) {
    const bytes = await read(at, file, offset, CHUNK_BYTES, signal);
    const whole = isOver && bytes.length < CHUNK_BYTES ? bytes : toCharacter(bytes);
    if (whole.length > 0 || isOver || Date.now() >= until) return { text: whole.toString('utf8'), nextOffset: offset + whole.length, end: isOver && bytes.length < CHUNK_BYTES };
    await delay(LOOK_MS, undefined, { signal });
  }
}

async function tail(at: TaskPlace, file: string, lines: number, isOver: boolean, signal: AbortSignal): Promise<LogChunk> {
  const size = await sizeOf(at, file, signal);
  const from = Math.max(0, size - TAIL_BYTES);
  const bytes = await read(at, file, from, size - from, signal);
  const whole = isOver ? bytes : toCharacter(bytes);
  const text = (from > 0 ? fromCharacter(whole) : whole).toString('utf8');
  const kept = lines === 0 ? '' : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(-lines).join('');
  return { text: kept, nextOffset: from + whole.length, end: isOver };
}

async function stdoutOf(at: TaskPlace, task: string, signal: AbortSignal): Promise<string | undefined> {
  const sandbox = await sandboxOf(at, task, signal);
  return sandbox && `${sandbox.directory}/stdout`;
}

/** In bytes: what an agent gives as text has lost what is no UTF-8. */
async function call(at: TaskPlace, file: string, offset: number, length: number, signal: AbortSignal): Promise<{ size: number; data?: string }> {
  const body = JSON.stringify({ type: 'READ_FILE', read_file: { path: file, offset, length } });
  const response = await askAgent(at, '/api/v1', { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body, signal });
  return ((await response.json()) as { read_file: { size: number; data?: string } }).read_file;
}

const sizeOf = async (at: TaskPlace, file: string, signal: AbortSignal): Promise<number> => Number((await call(at, file, 0, 1, signal)).size);

const read = async (at: TaskPlace, file: string, offset: number, length: number, signal: AbortSignal): Promise<Buffer> =>
  length <= 0 ? Buffer.alloc(0) : Buffer.from((await call(at, file, offset, length, signal)).data ?? '', 'base64');
