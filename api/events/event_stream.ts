import { veiled } from '../../model/veil';
import type { Ctx, Grid } from '../http/grid';
import { openInbox, type Inbox } from './inbox';
import { enter } from './streams';

/** An event as it is sent; one without an id is not counted when a reader takes up again. */
export interface GridEvent {
  event: 'snapshot' | 'change' | 'progress' | 'away' | 'end';
  id?: string;
  data: unknown;
}

export const AWAY: GridEvent = { event: 'away', data: { reason: 'Temporal does not answer; what changes meanwhile is told later' } };

/** So many events wait for a reader that is slow. */
const MOST_WAITING = 2_000;

/**
 * Answers with server-sent events. `feed` puts what there is into the inbox and answers how to end that; it may take its
 * time, and what it throws is thrown here.
 * @throws Problem 429 and 503 above the limits
 */
export async function eventStream(c: Ctx, { streams, log, caller }: Pick<Grid, 'streams' | 'log' | 'caller'>, feed: (inbox: Inbox<GridEvent>) => Promise<() => void>): Promise<Response> {
  const { limits } = streams;
  const inbox = openInbox<GridEvent>(MOST_WAITING);
  const leave = enter(streams, caller.name, inbox.close);
  let unfeed = () => {};
  const end = () => {
    inbox.close();
    unfeed();
    leave();
  };
  try {
    unfeed = await feed(inbox);
  } catch (error) {
    end();
    throw error;
  }
  c.header('Content-Type', 'text/event-stream');
  c.header('Cache-Control', 'no-store');
  c.header('X-Accel-Buffering', 'no');
  const until = Date.now() + limits.longestMs;
  const encoder = new TextEncoder();
  // Asked for one at a time: a reader that does not read is not written to.
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode('retry: 1000\n\n')),
    async pull(controller) {
      const next = Date.now() > until ? 'closed' : await inbox.next(Math.min(limits.beatMs, Math.max(1, until - Date.now())));
      if (next === 'closed') {
        end();
        return controller.close();
      }
      controller.enqueue(encoder.encode(next === 'waited' ? ': beat\n\n' : veiled(frame(next.item), caller, c.req.path)));
    },
    cancel: () => {
      log.debug({ requestId: c.get('requestId') }, 'reader of events went away');
      end();
    },
  });
  if (c.req.method !== 'HEAD') return c.body(body);
  end();
  return c.body(null);
}

const frame = ({ event, id, data }: GridEvent): string => `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
