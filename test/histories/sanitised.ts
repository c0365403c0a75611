import { hostname } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** What a history says of the machine it was recorded on; replay needs none of it. */
const traces = (home: string): [RegExp, string][] => [
  [literal(home), '/grid-home'],
  [literal(ROOT), '/service-grid'],
  [/\b(\d+@)?control\/[^/"\s]+\/\d+/g, 'control/host1/1'],
  [new RegExp(`\\b${escaped(hostname())}\\b`, 'g'), 'host1'],
  [/"(pid|pgid|startTime)":\d+/g, '"$1":1'],
  [/"bootId":"[^"]*"/g, '"bootId":"00000000-0000-0000-0000-000000000000"'],
];

/** A history as JSON, one line for each event, without the host name, paths and process ids of where it was recorded. */
export function sanitised({ events }: { events: object[] }, home: string): string {
  const clean = (text: string) => traces(home).reduce((seen, [trace, instead]) => seen.replace(trace, instead), text);
  const lines = events.map((event) => JSON.stringify(walk(event, clean)));
  return `{"events":[\n${lines.join(',\n')}\n]}\n`;
}

function walk(value: unknown, clean: (text: string) => string, key = ''): unknown {
  if (typeof value === 'string') {
    if (key === 'identity') return 'recorded';
    if (key === 'stackTrace') return '';
    return key === 'data' ? base64(clean(Buffer.from(value, 'base64').toString('utf8'))) : clean(value);
  }
  if (Array.isArray(value)) return value.map((item) => walk(item, clean, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === 'metadata' ? item : walk(item, clean, name)]));
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const literal = (text: string) => new RegExp(escaped(text), 'g');
