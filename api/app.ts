import type { Client } from '@temporalio/client';
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { PatternRouter } from 'hono/router/pattern-router';
import { secureHeaders } from 'hono/secure-headers';
import { pino, type Logger } from 'pino';
import { openFeed } from '../process/events/feed';
import type { Tracing } from '../process/tracing/tracing';
import { audit } from './audit';
import { keepAudit } from './audit/keep_audit';
import { codec } from './codec';
import { letUiDecode } from './codec/let_ui_decode';
import { computes } from './computes';
import { DOCS, serveDocs } from './docs';
import { admit } from './access/admit';
import { openGate, type Rates } from './access/authenticate';
import { veilOthers } from './access/veil';
import { doctor } from './doctor';
import { health } from './health';
import { accessLog } from './http/access_log';
import { environment } from './environment';
import { events } from './events';
import { openBoard } from './events/board';
import { openStreams, type StreamLimits } from './events/streams';
import { openWatches } from './events/watch_lifecycle';
import { genisys } from './genisys';
import { answerError } from './http/answer_error';
import { routerPath, type Endpoint } from './http/endpoint';
import type { ApiConfig, Env, Whole } from './http/grid';
import { sameOrigin } from './http/same_origin';
import { traceRequests } from './http/trace_requests';
import { unknownPath } from './http/unknown_path';
import { lifecycles } from './lifecycles';
import { machines } from './machines';
import { MANUAL, serveManual } from './manual';
import { members } from './members';
import { metrics, openMetering } from './metrics';
import { paas } from './paas';
import { pages } from './pages';
import { ASSETS, serveAssets } from './pages/assets';
import { LOGIN, serveLogin } from './pages/login';
import { showProblems } from './pages/show_problems';
import { quotas } from './quotas';
import { services } from './services';
import { status } from './status';
import { webhooks } from './webhooks';
import { watchReadiness } from './temporal/ready';
import { listsOf } from './temporal/summaries';

export const ENDPOINTS: Endpoint[] = [...paas, ...services, ...events, ...lifecycles, ...machines, ...computes, ...environment, ...genisys, ...members, ...audit, ...webhooks, ...doctor, ...quotas, ...codec, ...metrics, ...status, ...health];

/** What is in no OpenAPI document: pages, what they load, and the document itself. */
export const PAGES: Pick<Endpoint, 'method' | 'path'>[] = [...pages, ...LOGIN, ...ASSETS, ...DOCS, ...MANUAL];

export interface Parts {
  client: Client;
  namespace: string;
  config: ApiConfig;
  log?: Logger;
  /** None: nobody takes traces. */
  tracing?: Tracing;
  /** Aborted when the process is about to end. */
  stopping?: AbortSignal;
  /** Tests have others. */
  streamLimits?: StreamLimits;
  rates?: Rates;
}

/** The whole API over one client of Temporal; it keeps nothing itself, so any number may run side by side. */
export function createApp({ client, namespace, config, log = pino(), tracing, stopping = new AbortController().signal, streamLimits, rates }: Parts): Hono<Env> {
  const reach = { client, namespace };
  const feed = openFeed(reach);
  const grid: Whole = {
    ...reach, config, log, tracing, stopping, readiness: watchReadiness(client, namespace), metering: openMetering(reach),
    streams: openStreams(stopping, streamLimits), watches: openWatches(reach), feed, board: openBoard(listsOf(reach), feed),
  };
  // The other routers end a parameter that spans slashes at the first one, as soon as one path has a word where another has a parameter.
  const app = new Hono<Env>({ strict: false, router: new PatternRouter() });
  const gate = openGate(config.tokens, rates);
  app.use(requestId(), traceRequests(grid), accessLog(grid), headersOf(config), showProblems, letUiDecode(config), keepAudit(grid), gate.authenticate, veilOthers, sameOrigin(config));
  serveAssets(app);
  serveLogin(app, gate);
  for (const one of [...ENDPOINTS, ...pages]) app.on(one.method.toUpperCase(), routerPath(one.path), (c) => admit(c, grid, one));
  serveDocs(app, ENDPOINTS, config.tokens !== undefined);
  serveManual(app, config.tokens !== undefined);
  app.notFound(unknownPath([...ENDPOINTS, ...PAGES]));
  app.onError((error, c) => answerError(grid, error, c));
  return app;
}

/**
 * Pages load and ask what is here and nothing else, and are framed by nobody; without a certificate HTTPS is a matter of
 * whoever stands before us. Forms say where they are from, or nothing would tell them from those of other sites.
 */
const headersOf = ({ tls }: ApiConfig) => secureHeaders({
  strictTransportSecurity: tls !== undefined,
  xFrameOptions: 'DENY',
  referrerPolicy: 'same-origin',
  contentSecurityPolicy: {
    defaultSrc: ["'none'"], styleSrc: ["'self'"], scriptSrc: ["'self'"], imgSrc: ["'self'"], connectSrc: ["'self'"], formAction: ["'self'"],
    frameAncestors: ["'none'"], baseUri: ["'none'"],
  },
});
