import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a real Mesos master and its agents said and were told: recorded scenarios, the only truth about the protocol here. */

const DIRECTORY = join(__dirname, '../traces');

interface EntryOf {
  /** Milliseconds since the scenario began. */
  ts: number;
  /** Number of the TCP connection. */
  conn?: number;
  label?: string;
}

export type Request = EntryOf & { dir: 'request'; conn: number; method: string; path: string; headers: Record<string, string | number>; body?: any; body_text?: string };
export type Response = EntryOf & { dir: 'response'; conn: number; status: number; headers: Record<string, string>; body_text?: string; body?: any };
export type Head = EntryOf & { dir: 'response_head'; conn: number; status: number; headers: Record<string, string>; raw_head: string };
export type Chunk = EntryOf & { dir: 'raw_chunk'; conn: number; n: number; bytes: number; latin1: string };
export type Event = EntryOf & { dir: 'event'; conn: number; n: number; record_length: number; event: any };
export type StreamEnd = EntryOf & { dir: 'stream_end'; conn: number; why: string };
export type Closed = EntryOf & { dir: 'conn_closed_without_response'; conn: number; why: string };
export type Note = EntryOf & { dir: 'note'; text: string; [more: string]: unknown };
export type Entry = Request | Response | Head | Chunk | Event | StreamEnd | Closed | Note;

export interface Trace {
  /** File name without `.json`. */
  name: string;
  about: string;
  started: string;
  entries: Entry[];
}

export const TRACE_NAMES = readdirSync(DIRECTORY).map((file) => file.replace(/\.json$/, '')).sort();

export const readTrace = (name: string): Trace => ({ name, ...(JSON.parse(readFileSync(join(DIRECTORY, `${name}.json`), 'utf8')) as Omit<Trace, 'name'>) });

export const ofKind = <D extends Entry['dir']>(entries: readonly Entry[], dir: D) => entries.filter((entry): entry is Extract<Entry, { dir: D }> => entry.dir === dir);

/** One connection's request and all that came back on it. */
export interface Exchange {
  request: Request;
  response?: Response;
  head?: Head;
  chunks: Chunk[];
  events: Event[];
  end?: StreamEnd;
  closed?: Closed;
}

export function exchangesOf({ entries }: Trace): Exchange[] {
  return ofKind(entries, 'request').map((request) => {
    const mine = entries.filter(({ conn }) => conn === request.conn);
    return {
      request, response: ofKind(mine, 'response')[0], head: ofKind(mine, 'response_head')[0], chunks: ofKind(mine, 'raw_chunk'),
      events: ofKind(mine, 'event'), end: ofKind(mine, 'stream_end')[0], closed: ofKind(mine, 'conn_closed_without_response')[0],
    };
  });
}

export const streamIdOf = ({ head }: Exchange): string | undefined => head?.headers['Mesos-Stream-Id'];

/** A header of a request, whatever its case. */
export function headerOf({ headers }: Request, name: string): string | undefined {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return found && String(found[1]);
}
