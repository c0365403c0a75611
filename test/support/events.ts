import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { eventReader } from '../../model/events/read_events';

export interface Told {
  event: string;
  id?: string;
  data: any;
}

export interface Listener {
  status: number;
  /** Everything that was told so far. */
  told: Told[];
  /** Waits until this is told, and answers it. */
  until(is: (told: Told) => boolean, withinMs?: number): Promise<Told>;
  /** Resolves when the other side ended it. */
  ended: Promise<void>;
  /** Goes away without a word. */
  drop(): void;
}

/** A reader of server-sent events over a connection of its own. */
export async function listen(url: string, headers: Record<string, string> = {}): Promise<Listener> {
  const out = request(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
  out.end();
  const [answer] = (await once(out, 'response')) as [IncomingMessage];
  const told: Told[] = [];
  let wake = () => {};
  const read = eventReader(({ event, id, data }) => {
    told.push({ event, ...(id === undefined ? {} : { id }), data: JSON.parse(data) });
    wake();
  });
  answer.setEncoding('utf8');
  answer.on('data', read);
  answer.on('error', () => undefined);
  out.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => answer.once('close', resolve));
  return {
    status: answer.statusCode!, told, ended, drop: () => out.destroy(),
    async until(is, withinMs = 30_000) {
      for (const end = Date.now() + withinMs; ; ) {
        const found = told.find(is);
        if (found) return found;
        if (Date.now() > end) throw new Error(`not told within ${withinMs} ms: ${JSON.stringify(told.slice(-5)).slice(0, 2_000)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 200);
        });
      }
    },
  };
}
