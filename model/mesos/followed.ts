import type { Allocation } from '../compute';
import type { Machine } from '../machine';

/** The place of a machine that was started: where its offers were gone, or its host was, another than it had been given. */
export const followed = (allocation: Allocation, { host, holds }: Machine): Allocation => ({ ...allocation, host, networks: holds?.networks ?? allocation.networks });
