import type { Capacity } from './machine';

/** What one node asks of a compute. */
export interface Demand {
  node: string;
  cpu: number;
  memMiB: number;
  /** Names matter only with `customDisks` (P-32). */
  disks: string[];
  customDisks: boolean;
  networks: { device: string; network: string; address?: string }[];
  requiredHost?: string;
}

/** What one node was given; it is the node's until it is released. */
export interface Allocation {
  node: string;
  host: string;
  cpu: number;
  memMiB: number;
  /** In the order of the demand. */
  disks: string[];
  networks: { device: string; network: string; address: string }[];
}

export interface Reservation {
  owner: string;
  allocations: Allocation[];
}

export interface Ledger {
  capacity: Capacity;
  reservations: Record<string, Reservation>;
}

export type ReserveResult =
  | { kind: 'granted'; ledger: Ledger; allocations: Allocation[] }
  /** Does not fit now; fits when others give back. */
  | { kind: 'waiting'; reason: string }
  /** Would not fit on the empty compute. `field` names the node and what it asks, e.g. `nodes.example0.mem`. */
  | { kind: 'impossible'; reason: string; field: string };
