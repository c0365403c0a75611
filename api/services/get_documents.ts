import { z } from '@hono/zod-openapi';
import { CAPACITY_PATH, ORCHESTRATOR_PATH, PLANNER_PATH, PROVISIONER_PATH } from '../../model/services/task';
import { subjectOf } from '../../model/services/seed_ids';
import { raise } from '../../model/raise';
import { json, nothing, seedProblem } from '../http/answers';
import { endpoint, nothingAt, type Endpoint } from '../http/endpoint';
import type { Ctx, Grid } from '../http/grid';
import { answerDocument } from './etag';
import { AGENT_PATH, agentParams, INSTANCE_PATH, instanceParams, SERVICE_PATH, serviceParams } from './paths';
import { readDocument } from './read_document';
import { agentDocument, capacityDocument, instanceDocument, orchestratorDocument, plannerDocument, provisionerDocument, serviceDocument } from './schemas';

const get = (path: string, summary: string, schema: z.ZodType, params: z.ZodObject = z.object({})): Endpoint =>
  endpoint(
    {
      method: 'get', path, tag: 'services', summary, params,
      answers: { 200: json('The document; its ETag is the MD5 of its text', schema), 304: nothing('As the ETag says'), 404: seedProblem, 503: seedProblem },
    },
    answer,
  );

async function answer(c: Ctx, _input: unknown, grid: Grid): Promise<Response> {
  const subject = subjectOf(`${c.req.path.replace(/\/$/, '')}/`) ?? raise(nothingAt(c.req.path));
  return answerDocument(c, await readDocument(grid, subject));
}

const own = (path: string): string => path.slice(0, -1);

/** SG-12: the documents of the seed. */
export const getDocuments: Endpoint[] = [
  get(own(PLANNER_PATH), 'Deployment planner: services, plan', plannerDocument),
  get(own(CAPACITY_PATH), 'Capacity planner: scaling rules, recommendations', capacityDocument),
  get(own(ORCHESTRATOR_PATH), 'Orchestrator: plan, what differs from it and why', orchestratorDocument),
  get(own(PROVISIONER_PATH), 'Provisioner: machines on their way', provisionerDocument),
  get(SERVICE_PATH, 'A service', serviceDocument, serviceParams),
  get(INSTANCE_PATH, 'An instance of a service, with its monitored values', instanceDocument, instanceParams),
  get(AGENT_PATH, 'An agent and its machine', agentDocument, agentParams),
];
