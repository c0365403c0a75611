import { fromCharacter } from '../../bounded_output';
import type { Container } from './containers';
import { listen, type Engine, type Listening } from './engine';
import { framesOf } from './frames';
import { isRefusal } from './trouble';

/** One line that a container printed, or 16 KiB of a longer one, whose pieces have all the time of the first. */
export interface LogRecord {
  at: LogPlace;
  data: Buffer;
}

/** Which record: the millisecond of its time, counted from when the container was made, and its number among those of it. */
export interface LogPlace {
  ms: number;
  index: number;
}

export const START: LogPlace = { ms: 0, index: 0 };

/** How much of what a dead machine printed is told with its death. */
const LAST_OUTPUT_BYTES = 4096;
const LAST_RECORDS = 200;

/** So many milliseconds back the records of each are counted; later ones of before do not come. */
const COUNTED = 1_000;

/**
 * What the engine has kept of what a container printed, from a place on or the last `tail` of it, one record after the
 * other as they were written down. Of a tail the first millisecond may be counted from its middle.
 */
export async function* logRecords(engine: Engine, container: Container, { from = START, tail }: { from?: LogPlace; tail?: number }, signal?: AbortSignal): AsyncGenerator<LogRecord> {
  const stream = await openLog(engine, container, { from, tail, follow: false }, signal);
  const counts = new Map<number, number>();
  try {
    for await (const { data } of framesOf(stream)) {
      const record = recordOf(container, data, counts);
      if (record && !isBefore(record.at, from)) yield record;
      // Not the first, by which the places of all after it are known.
      if (counts.size > COUNTED) counts.delete([...counts.keys()].find((ms) => ms !== from.ms)!);
    }
    signal?.throwIfAborted();
  } finally {
    stream.destroy();
  }
}

export const isBefore = (a: LogPlace, b: LogPlace) => a.ms < b.ms || (a.ms === b.ms && a.index < b.index);

/** The log as the engine sends it; followed, it ends when the container does. */
export function openLog(engine: Engine, container: Container, { from, tail, follow }: { from: LogPlace; tail?: number; follow: boolean }, signal?: AbortSignal): Promise<Listening> {
  const since = secondsOf(nanosOf(container.Created) + BigInt(from.ms) * NANOS_IN_MS);
  const query = { stdout: true, stderr: true, timestamps: true, since, follow, ...(tail === undefined ? {} : { tail }) };
  // The library answers as a stream only what it takes for followed.
  return listen(engine, (docker, abortSignal) => docker.getContainer(container.Id).logs({ ...({ _query: query } as object), follow: true, abortSignal }), signal);
}

/** The last of what a container printed; nothing of one that is gone. */
export async function lastOutput(engine: Engine, container: Container): Promise<string> {
  let kept: Buffer = Buffer.alloc(0);
  try {
    for await (const { data } of logRecords(engine, container, { tail: LAST_RECORDS })) kept = Buffer.concat([kept, data]).subarray(-LAST_OUTPUT_BYTES);
  } catch (error) {
    if (!isRefusal(error, 404, 409)) throw error;
  }
  return fromCharacter(kept).toString('utf8');
}

/** The engine puts the time before each record. */
function recordOf({ Created }: Container, frame: Buffer, counts: Map<number, number>): LogRecord | undefined {
  const blank = frame.indexOf(0x20);
  if (blank < 0) return undefined;
  const ms = Math.max(0, Number((nanosOf(frame.toString('latin1', 0, blank)) - nanosOf(Created)) / NANOS_IN_MS));
  const index = counts.get(ms) ?? 0;
  counts.set(ms, index + 1);
  return { at: { ms, index }, data: frame.subarray(blank + 1) };
}

const NANOS_IN_MS = 1_000_000n;

/** Nanoseconds since 1970 of a time as engines write it, with up to nine digits behind the point. */
function nanosOf(time: string): bigint {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(time) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * NANOS_IN_MS + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}

const secondsOf = (nanos: bigint) => `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
