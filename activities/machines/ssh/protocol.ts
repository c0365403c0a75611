import { StringDecoder } from 'node:string_decoder';
import type { Problem } from '../../../model/errors';
import type { ExecRequest, LogRequest, MachineDeath, MachineDisk, MachineSpec, StopOptions } from '../../../model/machine';

/** What is said between the grid and its program on a host: JSON lines over standard input and output. */

/** The first line to the program: for whom it works and how. */
export interface Greeting {
  name: string;
  grid: string;
  connector: string;
}

/** Its first line back. */
export interface Ready {
  ready: { node: string; home: string; arch: string };
}

/** What the driver there can be asked, with the arguments that can be written down. */
export interface Verbs {
  capacity: [];
  vitals: [];
  start: [MachineSpec];
  find: [id: string];
  stop: [id: string, StopOptions];
  wipe: [readonly MachineDisk[]];
  list: [owner?: string];
  exec: [id: string, ExecRequest];
  logs: [id: string, LogRequest];
  watch: [];
  /** Whether something takes TCP connections there. */
  opens: [address: string, port: number, timeoutMs: number];
  /** See `TemporalPort`: with candidates it is chosen, without them waited for. */
  temporalPort: [candidates?: readonly number[]];
}
export type Verb = keyof Verbs;

export type Request =
  | { ping: true }
  | { call: number; verb: Verb; args: unknown[] }
  | { call: number; abort: true }
  /** Whether the owner of a dead machine was told. */
  | { call: number; death: number; told: boolean };

export type Answer =
  | { pong: true }
  | { call: number; value?: unknown }
  | { call: number; problem: Problem }
  | { call: number; error: string }
  | { call: number; death: number; of: MachineDeath };

/** How often each side lets the other hear of it, and how long a silence is that of somebody gone. */
export const PING_MS = 5_000;
export const SILENCE_MS = 30_000;

export const line = (said: Greeting | Ready | Request | Answer | { problem: Problem }) => `${JSON.stringify(said)}\n`;

/** Calls `onLine` for each whole line. Not readline: that takes U+2028, which JSON leaves as it is, for the end of one. */
export function readLines(stream: NodeJS.ReadableStream, onLine: (text: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let begun: string[] = [];
  stream.on('data', (chunk: Buffer) => {
    const [first, ...rest] = decoder.write(chunk).split('\n');
    begun.push(first!);
    for (const next of rest) {
      const whole = begun.join('');
      begun = [next];
      onLine(whole);
    }
  });
}
