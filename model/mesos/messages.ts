import type { Allocation, Demand, Reservation } from '../compute';
import type { Problem } from '../errors';
import type { Machine, MachineSpec } from '../machine';
import type { TaskState } from './protocol';

/** What passes between a compute on Mesos, its framework, and the worker that is subscribed for it. */

export interface FrameworkInput {
  compute: string;
  connector: string;
  /** The grid's id, part of the framework's. */
  grid: string;
  /** What happens to tasks on an agent that Mesos cannot reach. */
  partition: PartitionPolicy;
}

/** `replace`: told as lost at once, and ended should they come back; `wait`: nothing is told until Mesos says that they are gone. */
export type PartitionPolicy = 'replace' | 'wait';

/** An order that waits for offers. */
export interface Order {
  owner: string;
  request: string;
  /** Of the nodes that have no place yet. */
  demands: Demand[];
  /** What counts as its neighbours. */
  mine: Allocation[];
}

/** compute → framework, `orders`: who waits, oldest first, and who has what. */
export interface Orders {
  waiting: Order[];
  reservations: Reservation[];
}

/** the subscribed worker → compute, `offered`: who has a place now, and why the others have none. */
export interface Offered {
  placed: { owner: string; request: string; allocations: Allocation[] }[];
  waits: { owner: string; request: string; reason: string; done: number; total: number }[];
  /** Nodes that were placed before and go elsewhere. */
  moved: { owner: string; allocations: Allocation[] }[];
}

/** Where a task is, and how its agent is reached. */
export interface TaskPlace {
  agent: string;
  host: string;
  address: string;
  /** Of the agent's own API. */
  port: number;
}

/** the subscribed worker → framework, `launching`: told before Mesos is. */
export interface Launching {
  tasks: { machine: string; attempt: number; at: TaskPlace; host: string; networks: MachineSpec['networks'] }[];
}

/** the subscribed worker → framework, `found`: what runs under its name, whether it is known or not. */
export interface FoundTask {
  spec: MachineSpec;
  attempt: number;
  at: TaskPlace;
  startedAt: string;
}

/** What became of a task, as Mesos said it. */
export interface TaskNews {
  task: string;
  state: TaskState;
  agent?: string;
  reason?: string;
  message?: string;
  /** Seconds since 1970. */
  timestamp?: number;
  /** Last lines that it printed; only of one that ended. */
  lastOutput?: string;
}

/** the subscribed worker → framework, `reached`: why no master can be reached; null: one can. */
export interface MasterReach {
  problem: Problem | null;
  /** Where the one that leads is. */
  master?: string;
}

/** What the framework wants done, asked for whenever its number has grown. */
export interface Wishes {
  number: number;
  orders: Orders;
  launch: { spec: MachineSpec; attempt: number }[];
  kill: { task: string; agent?: string; graceMs: number }[];
  /** All that may run. */
  known: { task: string; at: TaskPlace }[];
}

/** Answers of the updates `launch` and `stop`, one for each machine that was named; none: ask again. */
export type Launched = ({ machine: Machine } | { problem: Problem })[] | null;
export type Stopped = (Problem | null)[] | null;
