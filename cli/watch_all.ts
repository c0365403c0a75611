import type { Api } from './api';
import { ALL_EVENTS } from './endpoints';
import { paperOf, print, type Io } from './io';
import { openStream } from './news';
import { changeLine } from './render/change_line';
import type { Summary } from './wire';

/** Prints everything that changes, a line each, until Ctrl-C. */
export async function watchAll(api: Api, io: Io, { kind, json }: { kind?: string; json?: boolean }): Promise<void> {
  const path = kind === undefined ? ALL_EVENTS : `${ALL_EVENTS}?kind=${encodeURIComponent(kind)}`;
  const stream = openStream(api, path, ({ event, data }) => {
    if (event === 'away') return void io.stderr.write('Temporal does not answer; what changes meanwhile is told later\n');
    if (event !== 'change') return undefined;
    print(io, json ? data : changeLine(JSON.parse(data) as Summary, paperOf(io)));
  }, io.signal);
  const refused = await stream.ended;
  if (refused) throw refused;
}
