import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import type { Feed } from '../../process/events/feed';
import type { Reach } from '../../process/within';
import type { Streams } from '../events/event_stream';
import type { Watch } from '../events/watch_lifecycle';
import type { Watch as Readiness } from '../temporal/ready';

/** What the API is made of; handlers get it whole. */
export interface Grid extends Reach {
  config: ApiConfig;
  log: Logger;
  readiness: Readiness;
  /** Aborted when the process is about to end: streams end then. */
  stopping: AbortSignal;
  streams: Streams;
  /** A lifecycle as it changes. */
  watches: (id: string) => Watch;
  /** All of them as they change. */
  feed: Feed;
}

export interface ApiConfig extends Pick<Config, 'url' | 'home'> {
  temporal: Pick<Config['temporal'], 'uiUrl'>;
}

export interface Env {
  Variables: { requestId: string };
}

export type Ctx = Context<Env>;

/** Authentication is off while every listener is loopback: then everybody is `test` and a token sent is ignored (DESIGN §8). */
export const userOf = (_c: Ctx): string => 'test';

/** Absolute URL of a path, as the caller reached us: from the request's own Host. */
export const absolute = (c: Ctx, path: string): string => new URL(path, c.req.url).href;

/** Set on what comes from Temporal alone while no worker is there to change it. */
export const stalenessOf = async ({ readiness }: Grid): Promise<{ stale?: true }> => ((await readiness.lately()).controlWorker ? {} : { stale: true });
