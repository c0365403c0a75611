/** What the journal of a service has of one export (A-32). */
export interface ExportLine {
  id: number;
  /** Seconds since 1970. */
  at: number;
  state: 'OK' | 'ERROR';
  /** The run that it was part of: one is written down once. */
  run: string;
  /** As the action answered it; empty: it said nothing. */
  location: string;
}

const LINE = /^(\d+) (\d+) (OK|ERROR) (\S+) ?(.*)$/;
const MAX_LOCATION_CHARS = 1_000;

/** Name of the file in a service's directory. It is no file of the service: what that is made of does not change with it. */
export const journalName = ({ name }: { name: string }): string => `${name}.export`;

/** Lines that are none are passed over: a journal is a help, and no reason to refuse a model. */
export const readJournal = (text: string): ExportLine[] => text.split('\n').flatMap((line) => {
  const [, at, id, state, run, location] = LINE.exec(line) ?? [];
  return at === undefined ? [] : [{ id: Number(id), at: Number(at), state: state as ExportLine['state'], run: run!, location: location! }];
});

export const writeJournal = (lines: readonly ExportLine[]): string => lines.map(({ at, id, state, run, location }) => `${`${at} ${id} ${state} ${run} ${location}`.trimEnd()}\n`).join('');

/** The journal with one more export; the same when that run is in it already. */
export function withExport(lines: readonly ExportLine[], more: Omit<ExportLine, 'id'>): readonly ExportLine[] {
  if (lines.some(({ run }) => run === more.run)) return lines;
  return [...lines, { ...more, id: 1 + Math.max(0, ...lines.map(({ id }) => id)) }];
}

/** Where the data went, as an action `data_export` answers it: `{location}` or a text. It stands in git, so not with a password. */
export function locationOf(result: unknown): string {
  const said = typeof result === 'object' && result !== null && 'location' in result ? result.location : result;
  return typeof said === 'string' ? said.replace(/[\p{Cc}\s]+/gu, ' ').replace(/(\/\/[^/@:]*):[^/@]*@/, '$1@').trim().slice(0, MAX_LOCATION_CHARS) : '';
}
