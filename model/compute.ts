import type { Capacity } from './machine';

/**
 * What a node asks of the host it is on and of its owner's other nodes there. All of it must be so when the node is
 * placed; what is absent is not asked.
 */
export interface PlaceRules {
  /** By these the owner's other nodes mean this one. */
  tags?: string[];
  /** For each of these tags, another node of the owner that has it is on the same host. */
  near?: string[];
  /** No other node of the owner that has one of these tags is on the same host; its own tag keeps a node from its like. */
  apart?: string[];
  /** The host has all of these. */
  hostTags?: string[];
  /** Nodes of other owners that have the same count as the owner's own. */
  group?: string;
}

/** Where a node goes when several hosts can take it: the fullest of them, or the one with the fewest nodes of its owner. */
export type Placement = 'pack' | 'spread';

/** What one node asks of a compute. */
export interface Demand extends PlaceRules {
  node: string;
  cpu: number;
  memMiB: number;
  /** Names matter only with `customDisks` (P-32). */
  disks: string[];
  customDisks: boolean;
  networks: { device: string; network: string; address?: string }[];
  requiredHost?: string;
  /** TCP ports that it listens on: on Mesos, where nodes have the address of their host, no two nodes of a host have the same. */
  ports?: readonly number[];
  /** Absent: `pack`. */
  placement?: Placement;
}

/** What one node was given, and for which rules; it is the node's until it is released. */
export interface Allocation extends PlaceRules {
  node: string;
  host: string;
  cpu: number;
  memMiB: number;
  /** In the order of the demand. */
  disks: string[];
  networks: { device: string; network: string; address: string }[];
  /** Only on Mesos. */
  ports?: readonly number[];
}

export interface Reservation {
  owner: string;
  allocations: Allocation[];
  /** Machines of ours have it, and nothing that this grid knows has them: it was not asked for here. */
  unclaimed?: true;
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
