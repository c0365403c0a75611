import { watch } from 'node:fs';
import { DEFAULT_TAIL_LINES, LONGEST_LOG_WAIT_MS, type LogChunk, type LogRequest } from '../../../model/machine';
import { fromCharacter, toCharacter } from '../../bounded_output';
import { isAlive } from '../../processes/identity';
import { within } from '../../within';
import { machineDirectory } from './directory';
import { find } from './find';
import type { ProcessHome } from './home';
import { holdLifeline } from './lifeline';
import { LOG_NAME, logExtent, readLog, type LogExtent } from './log_file';
import { noMachine } from './no_machine';
import { newestRun, type RecordedRun } from './run';

const CHUNK_BYTES = 64 * 1024;

/**
 * See `Driver.logs`. Offsets count from the start of the machine's newest run; what was dropped from a long log is
 * skipped.
 */
export async function logs(home: ProcessHome, id: string, request: LogRequest, signal: AbortSignal): Promise<LogChunk> {
  signal.throwIfAborted();
  const run = (await find(home, id)) ? await newestRun(machineDirectory(home, id)) : undefined;
  if (!run) return noMachine(id);
  const { chunk, seen } = await read(run, request);
  if (chunk.text !== '' || chunk.end || !request.waitMs) return chunk;
  // Not beyond the chunk: the beginning of a character may be there, and its rest never come.
  await somethingNew(run, seen, Math.min(request.waitMs, LONGEST_LOG_WAIT_MS), signal);
  return (await read(run, { offset: chunk.nextOffset })).chunk;
}

/** What is there now, and up to where that was looked at. */
async function read(run: RecordedRun, { offset, tailLines = DEFAULT_TAIL_LINES }: LogRequest): Promise<{ chunk: LogChunk; seen: number }> {
  // Before the size: what it printed last is then not missed.
  const dead = !isAlive(run.record);
  const extent = await logExtent(run.path);
  const from = offset === undefined ? await startOfTail(run, extent, tailLines) : Math.min(Math.max(offset, extent.start), extent.end);
  const bytes = await readLog(run.path, extent, from, CHUNK_BYTES);
  const atEnd = from + bytes.length >= extent.end;
  const whole = dead && atEnd ? bytes : toCharacter(bytes);
  return { chunk: { text: whole.toString('utf8'), nextOffset: from + whole.length, end: dead && atEnd }, seen: extent.end };
}

async function startOfTail(run: RecordedRun, extent: LogExtent, lines: number): Promise<number> {
  if (lines <= 0) return extent.end;
  const from = Math.max(extent.start, extent.end - CHUNK_BYTES);
  const bytes = await readLog(run.path, extent, from, CHUNK_BYTES);
  const at = startOfLastLines(bytes, lines);
  return from + (at > 0 || from === extent.start ? at : bytes.length - fromCharacter(bytes).length);
}

function startOfLastLines(bytes: Buffer, lines: number): number {
  // The line break at the very end begins no line.
  let at = bytes.length - 1;
  for (let left = lines; left > 0; left -= 1) {
    if (at <= 0) return 0;
    at = bytes.lastIndexOf(0x0a, at - 1);
  }
  return at + 1;
}

/** Waits until the run printed something beyond this offset, or is dead. */
async function somethingNew(run: RecordedRun, beyond: number, waitMs: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const printed = changeOf(run.path, over.signal);
  const lifeline = holdLifeline(run);
  try {
    if (!lifeline || (await logExtent(run.path)).end > beyond) return;
    await within(Promise.race([printed, lifeline.ended]), waitMs, signal);
  } finally {
    over.abort();
    lifeline?.close();
  }
  signal.throwIfAborted();
}

/** Resolves at the next change of the log. */
function changeOf(runPath: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const changes = watch(runPath, { signal }, (_, name) => { if (name === LOG_NAME) resolve(); });
    changes.on('error', () => resolve());
  });
}
