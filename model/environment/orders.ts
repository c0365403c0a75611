import type { Problem } from '../errors';
import type { ServicePath } from './identity';

/** What a run may have a service do. */
export type OrderVerb = 'install' | 'start' | 'stop' | 'restart' | 'act' | 'remove' | 'adopt' | 'build';

/** run → instance, `order`: carried out in the order in which they come; one that is known already is not done twice. */
export interface Order {
  /** Of the run, with a number behind it. */
  id: string;
  run: string;
  verb: OrderVerb;
  /** Where it is to be: the agent of its node. */
  agent: number;
  /** sha-256 of its files in the model, as the plan saw them; for install and build. */
  checksum?: string;
  /** Started once it is installed; for install. */
  start?: boolean;
  /** Every step again, even if nothing changed; for install. */
  reinstall?: boolean;
  /** Which action, with what; for act. */
  action?: string;
  args?: Record<string, string>;
}

/** instance → run, `orderIs`, with every change. */
export interface OrderIs {
  order: string;
  path: ServicePath;
  state: 'waiting' | 'running' | 'blocked' | 'done' | 'failed';
  /** What it does, or why it gets no further. */
  reason: string;
  problem?: Problem;
  output?: string;
  result?: unknown;
}
