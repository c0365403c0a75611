import { WorkflowNotFoundError } from '@temporalio/client';
import { z } from '@hono/zod-openapi';
import { lifecycleOf, subjectOf, type Subject } from '../../model/services/seed_ids';
import type { TaskRecord } from '../../model/services/task';
import { viewTasks } from '../../model/services/view_task';
import { raise } from '../../model/raise';
import { quoted } from '../../process/visibility';
import { within } from '../../process/within';
import { json, seedProblem } from '../http/answers';
import { endpoint, nothingAt, type Endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { describe } from '../temporal/describe';
import { noAnswer } from '../temporal/failures';
import { AGENT_PATH, agentParams, INSTANCE_PATH, instanceParams, SERVICE_PATH, serviceParams } from './paths';
import { naming } from './read_document';
import { task } from './schemas';

const LIST_MS = 5_000;
/** A run that is over has to be read again by a worker. */
const QUERY_MS = 5_000;

const historyAt = (path: string, params: z.ZodObject): Endpoint =>
  endpoint(
    {
      method: 'get', path: `${path}/_tasks_history`, tag: 'services', summary: 'Everything that was done to it, oldest first', params,
      answers: { 200: json('Tasks', z.array(task)), 404: seedProblem, 503: seedProblem },
    },
    async (c, _input, grid) => {
      const subject = subjectOf(c.req.path.replace(/_tasks_history\/?$/, '')) ?? raise(nothingAt(c.req.path));
      return c.json(viewTasks(await wholeHistory(grid, subject), grid.config.url));
    },
  );

/** SG-11: the whole history of a document, which itself shows what happened lately. */
export const tasksHistory: Endpoint[] = [historyAt(SERVICE_PATH, serviceParams), historyAt(INSTANCE_PATH, instanceParams), historyAt(AGENT_PATH, agentParams)];

/** Each run of the workflow answers for its own part. */
async function wholeHistory(grid: Grid, subject: Subject): Promise<TaskRecord[]> {
  if (subject.kind === 'provisioner') return [];
  const id = lifecycleOf(subject);
  const runs = await naming(subject, grid.config.url, () => runsOf(grid, id));
  const parts: TaskRecord[][] = [];
  for (const run of runs) parts.push(await tasksOf(grid, id, run, subject.kind === 'orchestrator' ? 'plans' : 'tasks'));
  return parts.flat();
}

/** Run ids, oldest first. The list of Temporal may not have the newest yet. */
async function runsOf(grid: Grid, id: string): Promise<string[]> {
  const newest = await describe(grid, id);
  const startedAt = new Map([[newest.runId, Date.parse(newest.startedAt)]]);
  await within(grid, LIST_MS, async () => {
    for await (const run of grid.client.workflow.list({ query: `WorkflowId = ${quoted(id)}` })) startedAt.set(run.runId, run.startTime.getTime());
  });
  return [...startedAt].sort(([, a], [, b]) => a - b).map(([run]) => run);
}

async function tasksOf(grid: Grid, id: string, run: string, query: 'tasks' | 'plans'): Promise<TaskRecord[]> {
  try {
    return await within(grid, QUERY_MS, () => grid.client.workflow.getHandle(id, run).query<TaskRecord[]>(query));
  } catch (error) {
    // Its time to be kept ended between the list and now.
    if (error instanceof WorkflowNotFoundError) return [];
    raise(noAnswer());
  }
}
