/** What passes between an agent's process and the grid. */

/** The queue that one agent's process, and no other, takes its activities from. */
export const agentQueue = (agent: number) => `agent-${agent}`;

/** Told by an agent's process as signal `hello` to `agent/<n>` until it is taken, each time it starts; also the answer to `probe`. */
export interface Hello {
  agent: number;
  /** Of the machine, from GRID_MACHINE: a late hello of a replaced machine does not count. */
  machine: string;
  /** Made anew by each process: another boot is a restarted agent. */
  boot: string;
  pid: number;
  host: string;
  address: string;
  startedAt: string;
  /** Of the grid's programs that it is one of; agents of earlier ones do not say. */
  version?: string;
}

/** Everything an agent needs to have an instance; the same spec always means the same instance. */
export interface InstanceSpec {
  /** Of the services that are planned the name, of those of the environment the path. */
  service: string;
  /** Which copy; null for a service of the environment, of which there is one. */
  instance: number | null;
  generation: number;
  /** Of a service of the environment: all files of its directory there, its merged `service.hrd` among them; `data` is empty then. */
  recipe: { name: string; checksum: string };
  /** Where the recipe's files are read: the query `recipe` with this generation, answered by this workflow. */
  source: string;
  data: Record<string, string>;
  /** Longest time of one action. */
  actionTimeoutMs: number;
}

/** Result of an action or of all that a phase did. */
export interface PhaseResult {
  /** Last lines that actions printed, at most 16 KiB. */
  output: string;
}

/** How one process of an instance is. */
export interface ProcessVitals {
  name: string;
  state: 'running' | 'backing_off' | 'stopped';
  pid: number | null;
  /** Times it was started again because it had ended. */
  restarts: number;
  /** Last exit and last words, when it ended by itself. */
  lastExit?: string;
}

/** How one instance is, as its agent sees it; also told as signal `vitals` to `instance/<service>/<n>` when `health` or a restart counter changes. */
export interface InstanceVitals {
  service: string;
  instance: number | null;
  generation: number;
  health: 'starting' | 'ok' | 'failing' | 'stopped';
  /** Why it is failing, for a person. */
  reason?: string;
  evidence?: string;
  processes: ProcessVitals[];
  /** Monitored values: `cpu` (percent of one core), `mem_mib`, and what the recipe's `monitor` action answered. */
  values: Record<string, number | string | boolean>;
  at: string;
}

/** An instance that is on a machine, whole, with what it was made of. */
export interface FoundInstance {
  spec: InstanceSpec;
  phase: 'stopped' | 'started' | 'stopping';
  files: Record<string, string>;
  vitals: InstanceVitals;
}

/** Details of the heartbeat of `watch`. */
export interface AgentBeat {
  boot: string;
  at: string;
  instances: InstanceVitals[];
}

/** Activities of an agent's queue. Every one may run twice. All but `watch` and `probe` throw ProblemErrors with evidence. */
export interface AgentActivities {
  /** Answers at once: proves that the agent works. */
  probe(): Promise<Hello>;
  /** Beats with an {@link AgentBeat} as long as the agent lives. Ends with ApplicationFailure type `AgentShutdown` on SIGTERM. */
  watch(): Promise<void>;
  /** Writes recipe and HRD, runs the actions `prepare` and `configure`. Done already for this spec: nothing happens. */
  installInstance(spec: InstanceSpec): Promise<PhaseResult>;
  /** Starts it and waits until its ports are open and `check` says so; runs already: adopted, not restarted. */
  startInstance(spec: InstanceSpec): Promise<PhaseResult>;
  /** Stops what runs of it; its files stay. Not there is fine. */
  stopInstance(spec: InstanceSpec): Promise<PhaseResult>;
  /** Stops it, runs the action `uninstall`, removes its files. Gone is fine. */
  removeInstance(spec: InstanceSpec): Promise<PhaseResult>;
  /** Builds it as these files say, whether it is installed or not, and puts what was built where they say. */
  buildInstance(spec: InstanceSpec, files: Record<string, string>): Promise<PhaseResult & { result?: unknown }>;
  /** Runs one action of what is installed here, whatever its name: monitor, data_export, execute … */
  performAction(spec: InstanceSpec, call: { action: string; args: Record<string, string> }): Promise<PhaseResult & { result?: unknown }>;
  /** What this agent has of one, as it is; null where it is not, or not whole. */
  findInstance(key: { service: string; instance: number | null }): Promise<FoundInstance | null>;
  /** What this agent has. */
  listInstances(): Promise<InstanceVitals[]>;
}
