import { z } from '@hono/zod-openapi';
import { clusterId } from '../../model/ids';
import type { Command } from '../../model/lifecycle';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { asksForPlan, plannedBy, planQuery } from '../http/plan';
import { command } from '../temporal/command';
import { problemOf } from '../temporal/failures';
import { planDestroy } from '../temporal/plan';
import { namingCluster } from './cluster';
import { CLUSTER_PATH, clusterParams } from './paths';

/** DELETE may be repeated: what is on its way out, or gone, is as the caller wants it. */
const AS_WANTED = ['destroying', 'destroyed'];

/** P-17: takes a cluster down; it stays listed as destroyed. */
export const destroyCluster = endpoint(
  {
    method: 'delete', path: CLUSTER_PATH, tag: 'clusters', summary: 'Destroy a cluster', params: clusterParams, query: z.object(planQuery),
    answers: { 200: json('It is being destroyed; with ?plan=true, a CommandPlan: what that would take', z.object({ message: z.literal('success') })), 404: seedProblem, 409: seedProblem, 503: seedProblem },
  },
  async (c, { params, query: { plan } }, grid) => {
    if (asksForPlan(plan)) return c.json(await namingCluster(params, () => planDestroy(grid, clusterId(params))));
    try {
      await namingCluster(params, () => command<Command>(grid, clusterId(params), 'destroy', plannedBy(plan), updateIdOf(c)));
    } catch (error) {
      if (!AS_WANTED.includes(problemOf(error)?.code ?? '')) throw error;
    }
    return c.json({ message: 'success' });
  },
);
