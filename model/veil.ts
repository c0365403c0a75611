import type { Caller } from './access';

/** Clusters as lifecycles, as the dns of seed 002 and as the beginning of their machines' ids. */
const CLUSTERS = /\bclusters?(\/|--)([A-Za-z0-9][A-Za-z0-9._-]*?)\1[A-Za-z0-9._-]+?\1[A-Za-z0-9._-]+?\1\d+/g;

/**
 * What is said to a caller, without the clusters of others: a compute says who holds what of it, and an order that waits
 * whom it waits for.
 * @param asked what the caller named himself stays
 */
export const veiled = (text: string, { role, owner }: Caller, asked = ''): string =>
  role === 'admin' ? text : text.replaceAll(CLUSTERS, (id, between: string, user: string) => (user === owner || asked.includes(id.slice(id.indexOf(between))) ? id : 'a cluster of somebody else'));
