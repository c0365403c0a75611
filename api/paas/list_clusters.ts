import { z } from '@hono/zod-openapi';
import { clusterPrefix } from '../../model/ids';
import { prefixQuery } from '../../process/visibility';
import { json, seedProblem } from '../http/answers';
import { endpoint, type Endpoint } from '../http/endpoint';
import { stalenessOf } from '../http/grid';
import { allSummaries } from '../temporal/summaries';
import { clusterEntry, entryOf, stale } from './cluster_entry';
import { BASE, clusterParams } from './paths';

const LEVELS = ['user', 'product', 'version'] as const;

/** P-13: all clusters, of a user, of a product, of a version; the destroyed ones too. Of whom there are none: an empty list. */
export const listClusters: Endpoint[] = [0, 1, 2, 3].map((depth) => {
  const levels = LEVELS.slice(0, depth);
  const params = z.object(Object.fromEntries(levels.map((level) => [level, clusterParams.shape[level]])));
  return endpoint(
    {
      method: 'get', path: [`${BASE}/clusters`, ...levels.map((level) => `{${level}}`)].join('/'), tag: 'clusters', params,
      summary: depth === 0 ? 'All clusters' : `Clusters of a ${levels.at(-1)}`,
      answers: { 200: json('Clusters', z.object({ clusters: z.array(clusterEntry), stale })), 503: seedProblem },
    },
    async (c, input, grid) => {
      const prefix = clusterPrefix(...levels.map((level) => input.params[level]!));
      const [found, staleness] = await Promise.all([allSummaries(grid, prefixQuery(prefix)), stalenessOf(grid)]);
      return c.json({ clusters: found.map((summary) => entryOf(summary.id, summary)), ...staleness });
    },
  );
});
