import { z } from '@hono/zod-openapi';
import { isMap } from '../../model/options';
import { PLANNED_TASKS } from '../../model/services/plan_task';
import { readTask } from '../../model/services/read_task';
import { jsonBody, nothing, seedProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint } from '../http/endpoint';
import { asksForPlan, planAnswer, plannedBy, planQuery, refusePlan } from '../http/plan';
import { planByWorker } from '../temporal/plan';
import { TASKS } from './paths';
import { submitTask } from './submit_task';

const example = {
  task: 'install_service_task', display_name: 'tomcat', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1,
  service_id: 'http://localhost/services/tomcat/',
  routing: { producer_timestamp: 1359883165467, producer_id: 'http://localhost/webui/', consumer_id: 'http://localhost/services/deployment_planner/' },
};

const schema = z.custom<Record<string, unknown>>(isMap, 'is not a JSON object').openapi({ type: 'object', additionalProperties: true, example });

/** SG-3: posts a task. Accepted means that its consumer has it in its queue; what comes of it is seen in the documents. */
export const newTask = endpoint(
  {
    method: 'post', role: 'admin', path: `${TASKS}/_new_task`, tag: 'services', summary: 'Post a task to its consumer', query: z.object(planQuery), body: jsonBody(schema),
    answers: { 200: planAnswer, 202: nothing('Accepted'), 400: seedProblem, 404: seedProblem, 409: seedProblem, 413: seedProblem, 503: seedProblem },
  },
  async (c, { query: { plan } }, grid) => {
    const posted = await readJson(c, { schema, lenient: true });
    const task = readTask(posted, Date.now());
    c.set('about', task.task);
    if (!PLANNED_TASKS.includes(task.task)) refusePlan(task.task, plan);
    if (asksForPlan(plan)) return c.json(await planByWorker(grid, { op: 'plan_task', task }));
    await submitTask(c, grid, { task, ...plannedBy(plan) });
    return c.body(null, 202);
  },
);
