import { instanceId } from '../ids';
import { newLifecycle, type Lifecycle, type StepPlan, type Summary } from '../lifecycle';
import type { InstanceVitals } from './agent_protocol';
import { noHistory, type History } from './history';

/** `spec` §1.3. */
export type InstanceProgress =
  | 'PLANNED' | 'INSTALLING_INSTANCE' | 'INSTANCE_INSTALLED' | 'STARTING_INSTANCE' | 'INSTANCE_STARTED'
  | 'STOPPING_INSTANCE' | 'INSTANCE_STOPPED' | 'INSTANCE_UNREACHABLE';

/** What it is made of: the service's workflow has the files (query `recipe`). */
export interface InstanceMaking {
  generation: number;
  recipe: { name: string; checksum: string };
  data: Record<string, string>;
}

export interface InstanceInput {
  service: string;
  instance: number;
  agent: number;
  making: InstanceMaking;
}

/** What its agent last told it: there is an agent that works, on this machine. */
export interface AgentAt {
  machine: string;
  address: string;
  host: string;
}

export interface InstanceState extends Lifecycle, InstanceInput {
  state: InstanceProgress;
  /** None: the agent does not work (yet, or any more). */
  at: AgentAt | null;
  /** Its agent's machine is gone for good, so that nothing on it can be stopped. */
  agentGone: boolean;
  /** The machine and generation it was last brought up on. */
  runsOn: { machine: string; generation: number } | null;
  /** True: it is to go. */
  leave: boolean;
  /** Values somebody set or its agent measures; shown as keys of the document (SG-20). */
  properties: Record<string, { value: unknown; at: string }>;
  vitals: InstanceVitals | null;
  history: History;
  createdAt: string;
  updatedAt: string;
}

const step = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({ name, retryable: true, skippable: false, ...more });
const awaitAgent = step('await_agent');
const install = step('install', { during: 'INSTALLING_INSTANCE', after: 'INSTANCE_INSTALLED' });
const start = step('start', { during: 'STARTING_INSTANCE', after: 'INSTANCE_STARTED' });
const stop = step('stop', { during: 'STOPPING_INSTANCE', skippable: true });

/** Every operation of an instance as its list of steps. */
export const INSTANCE_OPERATIONS = {
  start: [awaitAgent, install, start],
  update: [awaitAgent, stop, install, start],
  remove: [{ ...stop, after: 'INSTANCE_STOPPED' }],
} satisfies Record<string, StepPlan[]>;

export type InstanceOperation = keyof typeof INSTANCE_OPERATIONS;

export function newInstance(input: InstanceInput, at: string): InstanceState {
  return {
    ...newLifecycle(instanceId(input.service, input.instance), 'instance', '', 'PLANNED', at),
    ...input, state: 'PLANNED', at: null, agentGone: false, runsOn: null, leave: false, properties: {}, vitals: null,
    history: noHistory(), createdAt: at, updatedAt: at,
  };
}

/**
 * True when it runs where it should, made of what it should be made of, as far as is known: an agent that is silent says
 * nothing about what runs beside it.
 */
export const isUp = ({ state, at, agentGone, runsOn, making }: InstanceState): boolean =>
  state === 'INSTANCE_STARTED' && !agentGone && runsOn?.generation === making.generation && (at === null || runsOn.machine === at.machine);

export type InstanceDocument = Omit<InstanceState, 'leave'>;

export const viewInstance = ({ leave: _l, ...rest }: InstanceState): InstanceDocument => rest;

export const viewInstanceDetail = (state: InstanceState): Summary['detail'] => ({
  service: state.service, instance: state.instance, agent: state.agent, generation: state.making.generation,
  address: state.at?.address ?? '', host: state.at?.host ?? '', health: state.vitals?.health ?? 'unknown',
});
