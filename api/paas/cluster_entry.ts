import { z } from '@hono/zod-openapi';
import type { ClusterSummaryDetail } from '../../model/cluster_views';
import { clusterDn, parseClusterId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import type { Heartbeat } from '../../model/messages';

export const stale = z.literal(true).optional().openapi({ description: 'no worker runs; this is as of the last change' });

export const clusterEntry = z
  .object({
    result: z.enum(['success', 'failure']),
    uri: z.string(),
    message: z.string().optional(),
    data: z
      .object({
        name: z.string(), dn: z.string(), status: z.string(),
        progress: z.number().openapi({ description: 'percent of the nodes that are placed (P-35)' }),
        step: z.number().openapi({ description: 'how many nodes are placed (P-35)' }),
        nodes: z.number(),
        reason: z.string().optional().openapi({ description: 'what it waits for' }),
      })
      .optional(),
    stale,
  })
  .openapi('Cluster');

/** Before these states a cluster has no node placed; after them, all. */
const PLACING = ['registered', 'scheduling'];

/** P-13, P-14, P-35: a cluster as the lists show it, from its summary; `beat` is what a running start of machines last told. */
export function entryOf(summary: Summary, beat?: Heartbeat): z.infer<typeof clusterEntry> {
  const key = parseClusterId(summary.id);
  const uri = key ? clusterDn(key) : summary.id;
  const { dn, dnsname, status, nodes, running } = summary.detail as unknown as Partial<ClusterSummaryDetail>;
  if (dn === undefined || nodes === undefined) return { result: 'failure', uri, message: `Key not found: ${uri}` };
  const step = PLACING.includes(summary.state) ? (beat?.done ?? running ?? 0) : nodes;
  const progress = nodes === 0 ? 0 : Math.floor((step / nodes) * 100);
  const data = { name: dnsname ?? '', dn, status: status ?? summary.state, progress, step, nodes };
  return { result: 'success', uri, data: { ...data, ...(summary.reason ? { reason: summary.reason } : {}) } };
}
