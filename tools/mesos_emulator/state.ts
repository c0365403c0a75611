import type { Attribute, Capability, ExecutorInfo, FrameworkInfo, Id, KillPolicy, TaskInfo, TaskState, TaskStatus } from '../../model/mesos/protocol';
import type { Clock } from './clock';
import type { Bag } from './resources';

/** What a master knows, all of it in memory: frameworks, agents, tasks, offers. */

export interface MasterOptions {
  clock: Clock;
  /** Made anew for every master that begins. */
  id: string;
  hostname: string;
  ip: string;
  port: number;
  heartbeatMs: number;
  allocationMs: number;
  /** Offers that are held longer are taken back; none: never. */
  offerTimeoutMs?: number;
  /** An agent that misses so many pings in a row is unreachable. */
  agentPingMs: number;
  agentPings: number;
  /** By principal; frameworks have to say who they are then. */
  secrets?: Record<string, string>;
  /** Numbers at which ids begin. */
  firstOffer: number;
  firstFramework: number;
}

/** Where a framework hears of what happens. */
export interface Stream {
  tell(event: object): void;
  /** @param whole false: it breaks off, as when a master dies */
  end(whole: boolean): void;
}

export interface Filter {
  role: string;
  agent: string;
  resources: Bag;
  until: number;
}

export interface Framework {
  id: string;
  info: FrameworkInfo;
  roles: string[];
  stream?: Stream;
  streamId: string;
  stopBeating(): void;
  stopFailover(): void;
  suppressed: Set<string>;
  filters: Filter[];
  tasks: Map<string, Task>;
  completed: Task[];
  registeredMs: number;
  /** How often it was offered something: of those that have the same, the one with the fewest comes first. */
  offered: number;
}

export interface Task {
  info: TaskInfo;
  framework: string;
  agent: string;
  role: string;
  resources: Bag;
  executor?: string;
  state: TaskState;
  statuses: TaskStatus[];
}

export interface Offer {
  id: string;
  framework: string;
  agent: string;
  role: string;
  resources: Bag;
  stopTimeout(): void;
}

export interface AgentFacts {
  hostname: string;
  ip: string;
  port: number;
  resources: Bag;
  attributes: Attribute[];
}

/** An agent's own process, as a master reaches it. */
export interface AgentPort {
  facts: AgentFacts;
  launch(launch: Launch): void;
  kill(framework: string, task: string, policy: KillPolicy | undefined, reason?: string): void;
  acknowledge(framework: string, task: string, uuid: string): void;
  shutdownExecutor(framework: string, executor: string): void;
  /** Ends all of a framework's tasks, and says nothing of it. */
  shutdownFramework(framework: string): void;
  /** What it runs of this framework. */
  tasksOf(framework: string): Task[];
  /** Sends anew what this framework has not acknowledged. */
  resend(framework: string): void;
}

export interface Launch {
  framework: FrameworkInfo & { id: Id };
  tasks: TaskInfo[];
  /** Of a group: they share it. */
  executor?: ExecutorInfo;
  role: string;
}

export interface Executor {
  id: string;
  framework: string;
  resources: Bag;
  info: ExecutorInfo;
}

export interface Agent {
  id: string;
  port: AgentPort;
  state: 'active' | 'disconnected' | 'unreachable' | 'gone' | 'removed' | 'recovered';
  deactivated: boolean;
  drain?: { state: 'DRAINING' | 'DRAINED'; graceMs: number; markGone: boolean; startedMs: number };
  /** Those that several tasks share, by framework and id. */
  executors: Map<string, Executor>;
  registeredMs: number;
  unreachableMs?: number;
  stopPings(): void;
}

export interface Master {
  options: MasterOptions;
  frameworks: Map<string, Framework>;
  completed: Map<string, Framework>;
  agents: Map<string, Agent>;
  offers: Map<string, Offer>;
  unreachable: Map<string, Task>;
  nextOffer: number;
  nextFramework: number;
  nextAgent: number;
  startedMs: number;
  operators: Set<Stream>;
  stopAllocating(): void;
  /** Set while it is not there: its end, or before it has recovered. */
  down: 'dead' | 'recovering' | undefined;
}

export function newMaster(options: MasterOptions): Master {
  return {
    options, frameworks: new Map(), completed: new Map(), agents: new Map(), offers: new Map(), unreachable: new Map(),
    nextOffer: options.firstOffer, nextFramework: options.firstFramework, nextAgent: 0, startedMs: options.clock.now(),
    operators: new Set(), stopAllocating: () => {}, down: undefined,
  };
}

const TERMINAL: readonly TaskState[] = ['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_LOST', 'TASK_DROPPED', 'TASK_GONE', 'TASK_GONE_BY_OPERATOR'];

export const isTerminal = (state: TaskState): boolean => TERMINAL.includes(state);

export const can = ({ info }: Pick<Framework, 'info'>, capability: Capability): boolean => Boolean(info.capabilities?.some(({ type }) => type === capability));

export const isConnected = (framework: Framework): boolean => framework.stream !== undefined;

export const tasksOn = (master: Master, agent: string): Task[] => [...master.frameworks.values()].flatMap(({ tasks }) => [...tasks.values()].filter((task) => task.agent === agent));

export const executorKey = (framework: string, executor: string): string => `${framework} ${executor}`;

/** Tells it to whoever hears of this framework; an operator hears of all of them. */
export function tell(framework: Framework, event: object): void {
  framework.stream?.tell(event);
}
