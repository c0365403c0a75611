import { setTimeout as pause } from 'node:timers/promises';
import { z } from '@hono/zod-openapi';
import { problem, type Problem } from '../../model/errors';
import { PLANNER_ID } from '../../model/ids';
import { isMap } from '../../model/options';
import type { PutService } from '../../model/services/messages';
import { FIXED, readPut } from '../../model/services/read_put';
import { readTask } from '../../model/services/read_task';
import type { ServiceDocument } from '../../model/services/service_state';
import { PLANNER_PATH, RESERVED_NAMES, servicePath } from '../../model/services/task';
import { viewServiceDocument, type SeedDocument } from '../../model/services/views';
import { raise } from '../../model/raise';
import { json, jsonBody, seedProblem } from '../http/answers';
import { readJson } from '../http/body';
import { names } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { notAllowed } from '../http/unknown_path';
import { command } from '../temporal/command';
import { problemOf } from '../temporal/failures';
import { answerDocument, etagOf } from './etag';
import { SERVICE_PATH, serviceParams } from './paths';
import { ask } from './read_document';
import { serviceDocument } from './schemas';
import { submitTask } from './submit_task';

const SHOWN_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 25;
const WRITER = '/webui/';

const schema = z.custom<Record<string, unknown>>(isMap, 'is not a JSON object').openapi('ServiceWishes', {
  type: 'object', additionalProperties: true,
  example: { display_name: 'tomcat', planned_number_of_instances: 2, max_number_of_instances: 4, min_number_of_instances: 1 },
});

/** SG-13: writes what is wanted of a service; where there is none, installs it. */
export const putService = endpoint(
  {
    method: 'put', role: 'admin', path: SERVICE_PATH, tag: 'services', summary: 'Write the wishes of a service, or install it', params: serviceParams, body: jsonBody(schema),
    answers: { 200: json('Taken; the ETag is the new one', serviceDocument), 400: seedProblem, 405: seedProblem, 409: seedProblem, 412: seedProblem, 413: seedProblem, 503: seedProblem },
  },
  async (c, { params: { name } }, grid) => {
    if (RESERVED_NAMES.includes(name)) raise(notAllowed(c, ['GET']));
    const posted = await readJson(c, { schema, lenient: true });
    const found = await find(grid, name);
    const current = found && viewServiceDocument(found, grid.config.url);
    checkPreconditions(c, current);
    const answered = found && current && found.state !== 'SERVICE_UNINSTALLED' ? await write(c, grid, posted, found, current) : await install(c, grid, posted, name);
    return answerDocument(c, answered);
  },
);

/** @throws Problem 412 with the current ETag in the header, without one where nothing is there */
function checkPreconditions(c: Ctx, current: SeedDocument | undefined): void {
  const [match, noneMatch] = [c.req.header('if-match'), c.req.header('if-none-match')];
  const etag = current && etagOf(current);
  const failed = (match !== undefined && !(etag && names(match, etag))) || (noneMatch !== undefined && etag !== undefined && names(noneMatch, etag));
  if (!failed) return;
  if (etag) c.header('ETag', etag);
  raise(changed(etag ? 'the service is not as the precondition says' : 'there is no such service'));
}

const changed = (message: string): Problem => problem(412, 'changed_meanwhile', message, 'Read it again, and put it with the ETag it has now.');

/** With `If-Match` only what was read is written over: the planner compares, as nobody else can. */
async function write(c: Ctx, grid: Grid, posted: Record<string, unknown>, found: ServiceDocument, current: SeedDocument): Promise<SeedDocument> {
  const name = found.service;
  const guarded = c.req.header('if-match') === undefined ? {} : { expected: found.sequence };
  const put: PutService = { ...readPut(posted, name, current), ...guarded };
  try {
    await command(grid, PLANNER_ID, 'put_service', put, updateIdOf(c));
  } catch (error) {
    if (problemOf(error)?.status === 412) await tellEtag(c, grid, name);
    throw error;
  }
  return shown(grid, name, (now) => isAsPut(now, put), current);
}

async function tellEtag(c: Ctx, grid: Grid, name: string): Promise<void> {
  const now = await find(grid, name);
  if (now) c.header('ETag', etagOf(viewServiceDocument(now, grid.config.url)));
}

const isAsPut = ({ wish }: ServiceDocument, put: PutService): boolean =>
  (['displayName', 'planned', 'min', 'max'] as const).every((key) => put[key] === undefined || put[key] === wish[key]);

async function install(c: Ctx, grid: Grid, posted: Record<string, unknown>, name: string): Promise<SeedDocument> {
  const { service_id = servicePath(name), ...rest } = posted;
  const wishes = Object.fromEntries(Object.entries(rest).filter(([field]) => !FIXED.includes(field)));
  if (typeof service_id !== 'string' || !service_id.endsWith(servicePath(name))) {
    raise(problem(400, 'invalid_task', 'service_id: is not that of the address', 'Leave it out, or put to the address of that service.', { field: 'service_id' }));
  }
  const task = readTask({ display_name: name, ...wishes, task: 'install_service_task', service_id, routing: { consumer_id: PLANNER_PATH, producer_id: WRITER } }, Date.now());
  await submitTask(c, grid, { task });
  return shown(grid, name, ({ state }) => state !== 'SERVICE_UNINSTALLED', { ...wishes, service_id: grid.config.url + servicePath(name) });
}

/** The planner tells the service; its document shows it a moment later. */
async function shown(grid: Grid, name: string, is: (document: ServiceDocument) => boolean, otherwise: SeedDocument): Promise<SeedDocument> {
  for (const until = Date.now() + SHOWN_WITHIN_MS; Date.now() < until; await pause(LOOK_EVERY_MS)) {
    const now = await find(grid, name);
    if (now && is(now)) return viewServiceDocument(now, grid.config.url);
  }
  return otherwise;
}

async function find(grid: Grid, name: string): Promise<ServiceDocument | undefined> {
  try {
    return await ask<ServiceDocument>(grid, { kind: 'service', service: name });
  } catch (error) {
    if (problemOf(error)?.status === 404) return undefined;
    throw error;
  }
}
