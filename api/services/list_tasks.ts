import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { isMap } from '../../model/options';
import { isConsumer, unknownConsumer } from '../../model/services/read_task';
import { idPath, subjectOf } from '../../model/services/seed_ids';
import { pendingOf } from '../../model/services/views';
import { viewTasks } from '../../model/services/view_task';
import type { PlannerDocument } from '../../model/services/planner_state';
import { raise } from '../../model/raise';
import { json, jsonBody, seedProblem } from '../http/answers';
import { readText } from '../http/body';
import { endpoint, type Endpoint } from '../http/endpoint';
import type { Ctx } from '../http/grid';
import { parseJson } from '../http/json';
import { TASKS } from './paths';
import { ask } from './read_document';
import { task } from './schemas';

const body = z.object({ consumer_id: z.string() });

/** SG-8: tasks on their way to a consumer, oldest first; looking takes none away. Agents and the orchestrator are told at once and have no queue. */
export const listTasks: Endpoint[] = (['get', 'post'] as const).map((method) =>
  endpoint(
    {
      method, role: 'read', path: `${TASKS}/_list_tasks`, tag: 'services', summary: 'Pending tasks of a consumer, oldest first',
      query: z.object({ consumer_id: z.string().max(500).optional() }), ...(method === 'post' ? { body: jsonBody(body, false) } : {}),
      answers: { 200: json('Tasks', z.array(task)), 400: seedProblem, 404: seedProblem, 503: seedProblem },
    },
    async (c, { query }, grid) => {
      const given = query.consumer_id ?? (await consumerInBody(c));
      const path = (typeof given === 'string' ? idPath(given) : undefined) ?? raise(noConsumer());
      const subject = subjectOf(path);
      if (!isConsumer(subject)) raise(unknownConsumer(path));
      const queued = subject.kind === 'planner' || subject.kind === 'capacity';
      const pending = queued ? pendingOf(await ask<PlannerDocument>(grid, subject)) : [];
      return c.json(viewTasks(pending, grid.config.url));
    },
  ),
);

/** The original sends a body with GET, which the request as the web knows it cannot carry. */
async function consumerInBody(c: Ctx): Promise<unknown> {
  const { incoming } = c.env as { incoming: IncomingMessage };
  const sent = c.req.method === 'GET' ? await text(incoming) : await readText(c);
  const value = sent.trim() === '' ? undefined : parseJson(sent, { lenient: true });
  return isMap(value) ? value.consumer_id : undefined;
}

const noConsumer = () => problem(400, 'invalid_query', 'consumer_id: is missing, or no id', 'Say whose tasks, e.g. ?consumer_id=http://localhost/services/deployment_planner/.', { field: 'consumer_id' });
