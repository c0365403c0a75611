import { Hono, type Context } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Logger } from 'pino';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { answerError, problemResponse } from './answer_error';
import { checkDefinition, type Definition } from './definition';
import type { Definitions } from './definitions';
import { readNumber, readObject } from './read_body';
import { refuseForeignPages } from './refuse_foreign_pages';
import type { Resources } from './resources';

/** GET acts here, as in the original. */
const ACTING = /^\/service\/[^/]+\/(start|kill)$/;

export interface ConnectorParts {
  definitions: Definitions;
  resources: Resources;
  log: Logger;
}

/** The contract of a genisys connector (C-1 … C-6), its statuses and texts; errors are JSON as everywhere in the grid. */
export function createConnectorApp({ definitions, resources, log }: ConnectorParts): Hono {
  const app = new Hono();
  const defined = (c: Context): Definition => definitions.get(c.req.param('name')!) ?? raise(undefinedService(c.req.param('name')!));
  const bring = async (c: Context, wanted: (running: number) => number) => {
    const service = defined(c);
    await resources.bring(service, wanted);
    log.info({ service: service.name, asked: c.req.path }, 'brought');
    return c.body('', 200);
  };

  app.use(methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => notAllowed(c, methods) }));
  app.use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  });
  app.use(refuseForeignPages);
  app.use(async (c, next) => (c.req.method === 'HEAD' && ACTING.test(c.req.path) ? notAllowed(c, ['GET']) : next()));

  app.post('/service', async (c) => {
    await definitions.put(checkDefinition(await readObject(c), 'Missing parameters.'));
    return c.body('', 200);
  });
  app.get('/service', (c) => c.json(Object.fromEntries(definitions.all().map((one) => [one.name, one]))));
  app.get('/service/:name', (c) => c.json(defined(c)));
  app.put('/service/:name', async (c) => {
    await definitions.put(checkDefinition({ ...(await readObject(c)), name: c.req.param('name') }, 'Missing parameter.'));
    return c.body('', 200);
  });
  app.get('/service/:name/start', (c) => bring(c, (running) => running + 1));
  app.get('/service/:name/kill', (c) => bring(c, (running) => Math.max(0, running - 1)));
  app.post('/service/:name/scale', async (c) => {
    const number = readNumber(await readObject(c));
    return bring(c, () => number);
  });
  app.get('/service/:name/status', async (c) => c.json({ running_resources: await resources.running(defined(c).name) }));

  app.notFound((c) => problemResponse(c, problem(404, 'unknown_path', 'invalid resource URI', 'There are /service, /service/<name>, and below that start, kill, scale and status.')));
  app.onError((error, c) => answerError(log, error, c));
  return app;
}

function notAllowed(c: Context, methods: string[]): Response {
  const allow = methods.filter((method) => method !== 'HEAD' || !ACTING.test(c.req.path)).join(', ');
  c.header('Allow', allow);
  return problemResponse(c, problem(405, 'method_not_allowed', `${c.req.method} is not possible here`, `Use ${allow}.`));
}

const undefinedService = (name: string) =>
  problem(501, 'undefined_service', `Undefined service: ${name.slice(0, 100)}.`, 'Define it first: POST /service with its name and image.', { error: 'not implemented' });
