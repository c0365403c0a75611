import type { Placement } from './compute';

/** What a template yields: the nodes and roles of a cluster, checked and with every default filled in (P-27, P-28). */

export interface DiskWish {
  /** Name in the template; with `customDisks` it must be this very disk, else only their number counts (P-32). */
  name: string;
  destination: string;
  mode: 'rw' | 'ro';
}

export interface NetworkWish {
  device: string;
  network: string;
  /** A fixed address wished for; none means any free one (P-37). */
  address?: string;
  /** Kept and shown, not used by `process:`. */
  bridge?: string;
  netmask?: string;
  gateway?: string;
}

export interface NodeSpec {
  name: string;
  image?: string;
  imageOptions?: string;
  command?: string[];
  env: Record<string, string>;
  cpu: number;
  memMiB: number;
  disks: DiskWish[];
  customDisks: boolean;
  networks: NetworkWish[];
  checkPorts: number[];
  tags: string[];
  requiredHost?: string;
  /** Its own choice, or the cluster's; none: `pack`. */
  placement?: Placement;
  /** Tags of other nodes: one of each must be on its host, none of these may be there. */
  near?: string[];
  apart?: string[];
  /** What its host must be tagged with. */
  hostTags?: string[];
  roles: string[];
}

export interface RoleSpec {
  name: string;
  nodes: string[];
  /** Any further property of the template (heap, workers, …). */
  properties: Record<string, unknown>;
}

export interface ClusterSpec {
  dnsname: string;
  nodes: NodeSpec[];
  roles: RoleSpec[];
  /** The product's own choice when a node is lost: wait for a person, or repair by itself. */
  onNodeLoss: 'wait' | 'repair';
  /** Time limit of the orchestrator script, and how often it is tried before a person is asked. */
  scriptTimeoutMs: number;
  scriptAttempts: number;
}
