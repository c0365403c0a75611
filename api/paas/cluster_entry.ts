import { z } from '@hono/zod-openapi';
import type { ClusterSummaryDetail } from '../../model/cluster_views';
import type { Summary } from '../../model/lifecycle';
import type { Heartbeat } from '../../model/messages';

export const stale = z.literal(true).optional().openapi({ description: 'no worker runs; this is as of the last change' });

export const clusterEntry = z
  .object({
    result: z.literal('success'),
    uri: z.string(),
    data: z.object({
      name: z.string(), dn: z.string(), status: z.string(),
      progress: z.number().openapi({ description: 'percent of the nodes that are placed (P-35)' }),
      step: z.number().openapi({ description: 'how many nodes are placed (P-35)' }),
      nodes: z.number(),
      reason: z.string().optional().openapi({ description: 'what it waits for' }),
    }),
    stale,
  })
  .openapi('Cluster');

/** Before these states a cluster has no node placed; after them, all. */
const PLACING = ['registered', 'scheduling'];

/**
 * P-13, P-14, P-35: a cluster as the lists show it, from its summary; `beat` is what a running start of machines last
 * told. In the moment before its workflow said anything it is `registered`, and no more is known.
 */
export function entryOf(id: string, summary?: Summary, beat?: Heartbeat): z.infer<typeof clusterEntry> {
  const uri = id.replace(/^cluster\//, 'clusters/');
  const { state = 'registered', reason } = summary ?? {};
  const { dnsname = '', status = state, nodes = 0, running = 0 } = (summary?.detail ?? {}) as Partial<ClusterSummaryDetail>;
  const step = PLACING.includes(state) ? (beat?.done ?? running) : nodes;
  const progress = nodes === 0 ? 0 : Math.floor((step / nodes) * 100);
  return { result: 'success', uri, data: { name: dnsname, dn: uri, status, progress, step, nodes, ...(reason ? { reason } : {}) } };
}
