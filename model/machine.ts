import type { Problem } from './errors';

/** What a driver is asked for and what it answers, the same for every connector scheme (DESIGN §6). */

export interface MachineDisk {
  /** Name in the compute's pool, e.g. `disk4`. */
  name: string;
  /** Where the data lives on the host, P-34: `/data/<number>/<id of the node>` below the compute's root. */
  origin: string;
  /** Where the node sees it. */
  destination: string;
  mode: 'rw' | 'ro';
}

export interface MachineNetwork {
  /** Device in the node, e.g. `eth0`. */
  device: string;
  network: string;
  address: string;
}

/** Everything needed to start one machine; the same spec always means the same machine. */
export interface MachineSpec {
  /** From `ids.machineId`. */
  id: string;
  /** Lifecycle id of the owner, e.g. `cluster/test/reference/1.0.0/1`. */
  owner: string;
  node: string;
  generation: number;
  /** The host of its place; a compute of one host needs no telling. */
  host?: string;
  /** What runs there; none means the image's own command, or idle. */
  command?: string[];
  image?: string;
  /** The grid's own runtime has to be there: an agent runs in it. */
  runtime?: true;
  env: Record<string, string>;
  cpu: number;
  memMiB: number;
  disks: MachineDisk[];
  networks: MachineNetwork[];
  /** TCP ports of the machine that are published on its host, where a machine is not reached there anyway. */
  ports?: number[];
}

export interface MachineExit {
  /** Exit code, or null when a signal ended it or nothing is known. */
  code: number | null;
  signal: string | null;
  at: string;
}

/** What of its compute a machine has. */
export interface MachineHolds {
  cpu: number;
  memMiB: number;
  /** Names in the compute's pool. */
  disks: string[];
  networks: MachineNetwork[];
}

export const holdsOf = ({ cpu, memMiB, disks, networks }: MachineSpec): MachineHolds => ({ cpu, memMiB, disks: disks.map(({ name }) => name), networks });

/** A machine as its driver sees it now. */
export interface Machine {
  id: string;
  compute: string;
  owner: string;
  node: string;
  generation: number;
  state: 'running' | 'dead';
  host: string;
  address: string;
  /** The machine's reference in its driver: `{pid, pgid, startTime, bootId, dir}`, `{containerId}`, … */
  ref: Record<string, string | number>;
  startedAt: string;
  /** What it was given; none where its driver does not keep that. */
  holds?: MachineHolds;
  exit?: MachineExit;
  /** Last lines it printed, at most 4 KiB; only when it is dead. */
  lastOutput?: string;
  /** What the place itself finds when it looks whether a running machine is well; absent where it does not look. */
  health?: MachineHealth;
}

export interface MachineHealth {
  status: 'starting' | 'healthy' | 'unhealthy';
  /** Last words of its check, at most 1 KiB. */
  said: string;
}

/** Told by a driver's watch: of these machines of an owner, which all are looked after, those are not well. */
export interface HealthNews {
  owner: string;
  machines: string[];
  unhealthy: Record<string, MachineHealth>;
}

/** Told by a driver's watch, once for each machine that ended without being asked to. */
export interface MachineDeath {
  machine: string;
  owner: string;
  node: string;
  generation: number;
  exit: MachineExit;
  lastOutput: string;
}

/** How a host of a compute is, as far as its driver can tell. */
export interface HostVitals {
  /** What its clock says, ms since 1970. */
  now?: number;
  /** Of the disk that its machines write on. */
  disk?: DiskRoom;
}

export interface DiskRoom {
  freeMiB: number;
  totalMiB: number;
}

export interface StopOptions {
  graceMs: number;
  /** Leave what is on its disks for the next machine with the same origins. */
  keepDisks?: boolean;
}

export interface ExecRequest {
  argv: string[];
  /** Written to the command's standard input, then closed. */
  stdin?: string;
  env?: Record<string, string>;
  timeoutMs: number;
}

export interface ExecResult {
  exit: number | null;
  signal: string | null;
  /** Last 64 KiB of each. */
  stdout: string;
  stderr: string;
  truncated: boolean;
  timedOut: boolean;
}

export interface LogRequest {
  /** Read from here on: what `nextOffset` of a chunk said, which only grows; without it, the last `tailLines` lines. */
  offset?: number;
  tailLines?: number;
  /** Wait this long for something new when there is nothing beyond `offset`; at most `LONGEST_LOG_WAIT_MS`. */
  waitMs?: number;
}

/** How much of a log is read where a request says neither from where on nor how many lines. */
export const DEFAULT_TAIL_LINES = 100;
export const LONGEST_LOG_WAIT_MS = 60_000;

export interface LogChunk {
  text: string;
  /** Where the next read goes on. */
  nextOffset: number;
  /** True when the machine is dead and all was read. */
  end: boolean;
}

export interface AgentProgram {
  /** The program that runs Node, and the agent's own, as machines there find them. */
  node: string;
  program: string;
  env?: Record<string, string>;
}

export type OnHealth = (news: HealthNews) => Promise<void>;

/** Why a place cannot be reached, and which of its hosts where it has several; null: it can. */
export type OnReach = (why: Problem | null, away?: string[]) => Promise<void>;

export interface HostCapacity {
  name: string;
  cpu: number;
  memMiB: number;
  /** Names of the disks of this host, e.g. `disk1` … `disk12`. */
  disks: string[];
  /** What a node may ask of its host by `host_tags`, e.g. `ssd`. */
  tags?: string[];
}

export interface NetworkPool {
  name: string;
  /** First and last address that may be given, IPv4. */
  first: string;
  last: string;
}

export interface Capacity {
  hosts: HostCapacity[];
  networks: NetworkPool[];
  /** How many times over a host's cpu may be reserved; memory is reserved once. */
  cpuOvercommit: number;
  /** Directory on the host below which disk origins are made (P-34). */
  diskRoot: string;
}
