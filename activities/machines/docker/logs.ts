import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_TAIL_LINES, LONGEST_LOG_WAIT_MS, type LogChunk, type LogRequest } from '../../../model/machine';
import { fromCharacter, toCharacter } from '../../bounded_output';
import { within } from '../../within';
import { noMachine } from '../process/no_machine';
import { checkId } from '../check_machine';
import { containerOf, type Container } from './containers';
import type { Engine, Listening } from './engine';
import { framesOf } from './frames';
import { isBefore, logRecords, openLog, START, type LogPlace, type LogRecord } from './log_records';

/** A piece may be a record longer. */
const CHUNK_BYTES = 48 * 1024;
const TAIL_BYTES = 64 * 1024;
const LONGEST_TAIL_LINES = 100_000;

/**
 * The engine reads stdout and stderr side by side, so what it wrote down last may be a little older than what is before
 * it. After so long it has written down all that is older than what it has.
 */
const SETTLE_MS = 50;

/** More records than an engine writes down in a millisecond; so an offset grows for eight years. */
const PLACES_IN_MS = 2 ** 15;

/**
 * See `Driver.logs`. An engine counts no bytes, but has the time of every line: so an offset says a millisecond since the
 * container was made, and how many lines of it were read. It grows, and stays right when the engine drops the oldest of a
 * long log or is started anew. For each call the engine reads all that it has kept up to there (at most 16 MiB), and
 * twice what is the newest of a living machine. What is lost: the rest of a line of more than 16 KiB that took its time,
 * when the machine's other stream printed meanwhile.
 */
export async function logs(engine: Engine, id: string, request: LogRequest, signal: AbortSignal): Promise<LogChunk> {
  signal.throwIfAborted();
  checkId(id);
  const container = (await containerOf(engine, id, { signal })) ?? noMachine(id);
  const { chunk, seen } = await read(engine, container, request, signal);
  if (chunk.text !== '' || chunk.end || !request.waitMs) return chunk;
  await somethingNew(engine, container, seen, Math.min(request.waitMs, LONGEST_LOG_WAIT_MS), signal);
  const now = (await containerOf(engine, id, { signal })) ?? noMachine(id);
  return (await read(engine, now, { offset: chunk.nextOffset }, signal)).chunk;
}

interface Reading {
  chunk: LogChunk;
  /** Up to where was looked. */
  seen: LogPlace;
}

function read(engine: Engine, container: Container, { offset, tailLines = DEFAULT_TAIL_LINES }: LogRequest, signal: AbortSignal): Promise<Reading> {
  return offset === undefined ? readTail(engine, container, tailLines, signal) : readNext(engine, container, placeAt(offset), signal);
}

async function readNext(engine: Engine, container: Container, from: LogPlace, signal: AbortSignal): Promise<Reading> {
  // Known before the log is read: what it printed last is then not missed.
  const dead = !container.State.Running;
  const { records, isAll } = await nextRecords(engine, container, from, signal);
  if (records.length === 0) {
    const end = await endOf(engine, container, signal);
    const place = isBefore(end, from) ? end : from;
    return { chunk: { text: '', nextOffset: offsetOf(place), end: dead }, seen: place };
  }
  const seen = placeAfter(records);
  const all = dead || !isAll ? records : await settled(engine, container, from, seen, signal);
  const shown = dead && isAll ? all : toWholeCharacter(all, isAll);
  return { chunk: { text: textOf(shown), nextOffset: offsetOf(shown.length ? placeAfter(shown) : from), end: dead && isAll }, seen };
}

async function readTail(engine: Engine, container: Container, lines: number, signal: AbortSignal): Promise<Reading> {
  const dead = !container.State.Running;
  const { from, seen } = await tailOf(engine, container, lines, signal);
  const all = await settled(engine, container, from, seen, signal, dead ? 0 : SETTLE_MS);
  const shown = dead ? all : toWholeCharacter(all, true);
  return { chunk: { text: lastLines(shown, lines), nextOffset: offsetOf(shown.length ? placeAfter(shown) : seen), end: dead }, seen };
}

/** Records from a place on, as many as a piece holds, with every one of an earlier millisecond than the last of them. */
async function nextRecords(engine: Engine, container: Container, from: LogPlace, signal: AbortSignal): Promise<{ records: LogRecord[]; isAll: boolean }> {
  const records: LogRecord[] = [];
  let size = 0;
  let newest = 0;
  let isFull = false;
  for await (const record of logRecords(engine, container, { from }, signal)) {
    isFull ||= records.length > 0 && size + record.data.length > CHUNK_BYTES;
    if (isFull && record.at.ms > newest + SETTLE_MS) break;
    if (isFull && record.at.ms >= newest) continue;
    records.push(record);
    size += record.data.length;
    newest = Math.max(newest, record.at.ms);
  }
  return { records, isAll: !isFull };
}

/** Where the last lines begin, or earlier, and where the log ends now. */
async function tailOf(engine: Engine, container: Container, lines: number, signal: AbortSignal): Promise<{ from: LogPlace; seen: LogPlace }> {
  const records: LogRecord[] = [];
  let size = 0;
  // A line of more than 16 KiB is several records, so a few more are asked for than there are lines.
  for await (const record of logRecords(engine, container, { tail: Math.min(Math.max(lines, 0), LONGEST_TAIL_LINES) + 5 }, signal)) {
    records.push(record);
    size += record.data.length;
    while (size > TAIL_BYTES && records.length > 1) size -= records.shift()!.data.length;
  }
  if (records.length === 0) return { from: START, seen: START };
  const first = Math.min(...records.map(({ at }) => at.ms));
  return { from: { ms: first, index: 0 }, seen: await endOf(engine, container, signal) };
}

/** What is between two places, with what was written down there a moment later. */
async function settled(engine: Engine, container: Container, from: LogPlace, to: LogPlace, signal: AbortSignal, afterMs = SETTLE_MS): Promise<LogRecord[]> {
  await delay(afterMs, undefined, { signal });
  const records: LogRecord[] = [];
  for await (const record of logRecords(engine, container, { from }, signal)) {
    if (isBefore(record.at, to)) records.push(record);
    else if (record.at.ms > to.ms + SETTLE_MS) break;
  }
  return records;
}

/** The place behind the newest record. */
async function endOf(engine: Engine, container: Container, signal: AbortSignal): Promise<LogPlace> {
  let ms: number | undefined;
  for await (const { at } of logRecords(engine, container, { tail: 5 }, signal)) ms = Math.max(ms ?? 0, at.ms);
  if (ms === undefined) return START;
  let index = 0;
  for await (const { at } of logRecords(engine, container, { from: { ms, index: 0 } }, signal)) if (at.ms === ms) index = at.index + 1;
  return { ms, index };
}

/** Behind all of these: what is earlier is read, and of the newest millisecond so many. */
function placeAfter(records: LogRecord[]): LogPlace {
  const ms = records.reduce((newest, { at }) => Math.max(newest, at.ms), 0);
  return { ms, index: records.reduce((count, { at }) => (at.ms === ms ? Math.max(count, at.index + 1) : count), 0) };
}

/** Without the records at the end that stop in the middle of a character; the rest of it is in the next. */
function toWholeCharacter(records: LogRecord[], isAll: boolean): LogRecord[] {
  for (let count = records.length; count > 0; count -= 1) {
    const shown = records.slice(0, count);
    const place = placeAfter(shown);
    const { data } = shown.at(-1)!;
    if (toCharacter(data).length === data.length && records.slice(count).every(({ at }) => !isBefore(at, place))) return shown;
    // Whole lines end whole characters, so more than a few are not to be gone through.
    if (records.length - count > 8) break;
  }
  return isAll ? [] : records;
}

const textOf = (records: LogRecord[]) => Buffer.concat(records.map(({ data }) => data)).toString('utf8');

function lastLines(records: LogRecord[], lines: number): string {
  if (lines <= 0) return '';
  const bytes = fromCharacter(Buffer.concat(records.map(({ data }) => data)).subarray(-TAIL_BYTES));
  // The line break at the very end begins no line.
  let at = bytes.length - 1;
  for (let left = lines; left > 0 && at >= 0; left -= 1) at = at === 0 ? -1 : bytes.lastIndexOf(0x0a, at - 1);
  return bytes.subarray(at + 1).toString('utf8');
}

const offsetOf = ({ ms, index }: LogPlace) => ms * PLACES_IN_MS + Math.min(index, PLACES_IN_MS - 1);

const placeAt = (offset: number): LogPlace => ({ ms: Math.floor(Math.max(0, offset) / PLACES_IN_MS), index: Math.max(0, offset) % PLACES_IN_MS });

/** Waits until the container printed something behind a place, or is dead. */
async function somethingNew(engine: Engine, container: Container, { ms, index }: LogPlace, waitMs: number, signal: AbortSignal): Promise<void> {
  const stream = await openLog(engine, container, { from: { ms, index: 0 }, follow: true }, signal);
  try {
    await within(moreThan(index, stream).catch(() => {}), waitMs, signal);
  } finally {
    stream.destroy();
  }
  signal.throwIfAborted();
}

/** Resolves when so many and one came, or no more do. */
async function moreThan(count: number, stream: Listening): Promise<void> {
  let came = 0;
  for await (const _ of framesOf(stream)) if (++came > count) return;
}
