import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { launchId } from '../../model/ids';
import { raise } from '../../model/raise';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { absolute, type Ctx } from '../http/grid';
import { findDescribed, type Described } from '../temporal/describe';
import { keptProblem } from './order';
import { BASE, clusterUrlPath } from './paths';

const schema = z.looseObject({ status: z.enum(['pending', 'registered', 'error']), url: z.string().optional() });

/** P-12: how an order stands; once there is a cluster, 303 to it. An order that failed says why. */
export const queue = endpoint(
  {
    method: 'get', path: `${BASE}/queue/{job}`, tag: 'clusters', summary: 'How an order stands',
    params: z.object({ job: z.string().regex(/^[0-9a-f]{32}$/) }),
    answers: { 200: json('Pending, or failed without a cluster', schema), 303: json('Location is the cluster', schema), 404: seedProblem, 503: seedProblem },
  },
  async (c, { params: { job } }, grid) => {
    const placed = await findDescribed(grid, launchId(job));
    return placed?.summary ? standing(c, placed) : raise(noJob(job));
  },
);

function standing(c: Ctx, { summary, status: run }: Described): Response {
  const { status, cluster, problem: why } = summary!.detail;
  if (cluster) {
    const url = absolute(c, clusterUrlPath(String(cluster)));
    return c.json({ status, url }, 303, { Location: url });
  }
  if (status !== 'error' && run === 'RUNNING') return c.json({ status: 'pending' });
  const { message, code, fix, field } = why ? keptProblem(why) : endedFromOutside();
  return c.json({ status: 'error', message, code, fix, field });
}

const endedFromOutside = () => problem(409, 'order_ended', 'the order was ended from outside', 'Place it again.');

const noJob = (job: string) => problem(404, 'job_not_found', `Key not found: queue/${job}`, 'Follow the url that the launch answered.', { error: 'Key not found' });
