import type { Allocation, Demand } from '../compute';
import { agentId, agentMachineId } from '../ids';
import { newLifecycle, type Lifecycle, type StepPlan, type Summary } from '../lifecycle';
import type { MachineNetwork } from '../machine';
import type { Hello } from './agent_protocol';
import { noHistory, type History } from './history';
import type { MachineNeeds } from './recipe';

/** One document for machine and agent, as in seed 000 (`spec` §1.3). */
export type AgentProgress = 'PLANNED' | 'STARTING_MACHINE' | 'MACHINE_STARTED' | 'AGENT_STARTED' | 'STOPPING_AGENT' | 'TERMINATING_MACHINE' | 'MACHINE_TERMINATED';

export interface InstanceRef {
  service: string;
  /** Null: a service of the environment. */
  instance: number | null;
}

export interface AgentInput {
  number: number;
  compute: string;
  /** What its machine asks of the compute. */
  machine: MachineNeeds;
  /** Lifecycle id of the service whose instances it is placed among; none: it is placed by itself. */
  group?: string;
  instances: InstanceRef[];
  /** The machine that a grid of before had for it: it is taken over as it is. */
  before?: { generation: number; host: string; networks: MachineNetwork[] };
}

export interface AgentState extends Lifecycle, AgentInput {
  state: AgentProgress;
  /** Grows with every machine it had. */
  generation: number;
  /** Where its machine is started, and with which address; kept until it is terminated. */
  place: { connector: string; allocation: Allocation } | null;
  /** The machine's reference in its driver. */
  ref: Record<string, string | number>;
  /** What the agent's process said when it started; null while none is known to work. */
  hello: Hello | null;
  agentRestarts: number;
  machineRestarts: number;
  /** Machines in a row that came up without an agent. */
  zombies: number;
  /** Silence after which it counts as unreachable; from the worker that started its machine. */
  timeoutMs: number;
  /** Until when it was last known to work. */
  lastSeenAt: string | null;
  /** `lost`: its machine is to be replaced; `suspect`: so many are silent that the fault may be ours. */
  silence: { since: string; verdict: 'asked' | 'lost' | 'suspect' } | null;
  /** Everything is to be taken down. */
  terminate: boolean;
  history: History;
  createdAt: string;
  updatedAt: string;
}

const step = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({ name, retryable: true, skippable: false, ...more });
const startMachine = step('start_machine', { during: 'STARTING_MACHINE', after: 'MACHINE_STARTED' });
const startAgent = step('start_agent', { after: 'AGENT_STARTED' });
const stopMachine = step('stop_machine');

/** Every operation of an agent as its list of steps. */
export const AGENT_OPERATIONS = {
  start: [step('place'), startMachine, startAgent],
  replace: [{ ...stopMachine, after: 'MACHINE_TERMINATED' }, step('place', { during: 'PLANNED' }), startMachine, startAgent],
  terminate: [{ ...stopMachine, during: 'TERMINATING_MACHINE', skippable: true }, step('release', { after: 'MACHINE_TERMINATED' })],
} satisfies Record<string, StepPlan[]>;

export type AgentOperation = keyof typeof AGENT_OPERATIONS;

export function newAgent(input: AgentInput, at: string): AgentState {
  return {
    ...newLifecycle(agentId(input.number), 'agent', '', 'PLANNED', at),
    ...input, state: 'PLANNED', generation: input.before?.generation ?? 1, place: null, ref: {}, hello: null, agentRestarts: 0, machineRestarts: 0, zombies: 0,
    timeoutMs: 30_000, lastSeenAt: null, silence: null, terminate: false, history: noHistory(), createdAt: at, updatedAt: at,
  };
}

/** The machine that is this agent's now. */
export const machineOf = ({ number, generation }: Pick<AgentState, 'number' | 'generation'>): string => agentMachineId(number, generation);

export const isWorking = (state: AgentState): boolean => state.hello !== null && state.silence === null && state.state === 'AGENT_STARTED';

export type AgentDocument = Omit<AgentState, 'terminate'>;

export const viewAgent = ({ terminate: _t, ...rest }: AgentState): AgentDocument => rest;

export const viewAgentDetail = (state: AgentState): Summary['detail'] => ({
  compute: state.compute, host: state.place?.allocation.host ?? '', address: addressOf(state) ?? '',
  instances: state.instances.map((i) => `${i.service}/${i.instance}`).join(' ').slice(0, 200),
  agentRestarts: state.agentRestarts, machineRestarts: state.machineRestarts,
  ...(state.hello ? { pid: state.hello.pid, hostname: state.hello.host, since: state.hello.startedAt, version: state.hello.version ?? null } : {}),
});

/** Each machine is a reservation of its own; by the group it is placed among those of its service. */
export function demandOf({ machine: { apart, ...needs }, group }: Pick<AgentState, 'machine' | 'group'>): Demand {
  const among = group ? { group, tags: [INSTANCE_TAG], ...(apart ? { apart: [INSTANCE_TAG] } : {}) } : {};
  return { node: 'machine', ...needs, disks: [], customDisks: false, networks: [], ...among };
}

const INSTANCE_TAG = 'instance';

export const addressOf = ({ place }: Pick<AgentState, 'place'>): string | undefined => place?.allocation.networks[0]?.address;
