import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import type { Caller, Role } from '../../model/access';
import type { Feed } from '../../process/events/feed';
import type { Tracing } from '../../process/tracing/tracing';
import type { Reach } from '../../process/within';
import type { Board } from '../events/board';
import type { Streams } from '../events/streams';
import type { Watch } from '../events/watch_lifecycle';
import type { Metering } from '../metrics';
import type { Watch as Readiness } from '../temporal/ready';

/** What the API is made of, whoever asks. */
export interface Whole extends Reach {
  config: ApiConfig;
  log: Logger;
  /** Undefined where nobody takes traces. */
  tracing: Tracing | undefined;
  readiness: Readiness;
  /** What is counted, for Prometheus. */
  metering: Metering;
  /** Aborted when the process is about to end: streams end then. */
  stopping: AbortSignal;
  streams: Streams;
  /** A lifecycle as it changes. */
  watches: (id: string) => Watch;
  /** All of them as they change. */
  feed: Feed;
  /** All of them as they are. */
  board: Board;
}

/** The grid as one caller sees it; handlers get it so. */
export interface Grid extends Whole {
  caller: Caller;
}

export interface ApiConfig extends Pick<Config, 'url' | 'home' | 'tokens' | 'tls'> {
  temporal: Pick<Config['temporal'], 'uiUrl' | 'codecKeys'>;
}

export interface Env {
  Variables: {
    requestId: string;
    /** Who asks, once that is known. */
    caller: Caller;
    /** The role that the endpoint wants, once there is one. */
    wanted?: Role;
    /** What the audit says beside the path. */
    about?: string;
    /** `Idempotency-Key` of a form, which sends no headers. */
    formKey?: string;
    /** Of the problem that is answered. */
    code?: string;
  };
}

export type Ctx = Context<Env>;

/** Absolute URL of a path, as the caller reached us: from the request's own Host. */
export const absolute = (c: Ctx, path: string): string => new URL(path, c.req.url).href;

/** Set on what comes from Temporal alone while no worker is there to change it. */
export const stalenessOf = async ({ readiness }: Whole): Promise<{ stale?: true }> => ((await readiness.lately()).controlWorker ? {} : { stale: true });
