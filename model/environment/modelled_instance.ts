import { problem, type Problem } from '../errors';
import { instanceId } from '../ids';
import { blockedStep, currentStep, enter, hasCondition, newLifecycle, whyOf, type Lifecycle, type StepPlan, type Summary } from '../lifecycle';
import type { FoundInstance, InstanceVitals } from '../services/agent_protocol';
import type { AgentAt, InstanceProgress } from '../services/instance_state';
import type { ServicePath } from './identity';
import type { Order, OrderIs } from './orders';

export interface ModelledInput {
  path: ServicePath;
  order: Order;
}

/** What an instance of the environment is made of: all files of its directory in the model. */
export interface Making {
  /** Grows with each change, and when every step is to be done again. */
  generation: number;
  recipe: { name: string; checksum: string };
  files: Record<string, string>;
}

/** A service of the environment as it really is, on the agent of its node (A-9 … A-17). */
export interface ModelledInstance extends Lifecycle {
  state: InstanceProgress;
  service: ServicePath;
  instance: null;
  /** Null: it is nowhere yet. */
  agent: number | null;
  making: Making | null;
  /** What it is to be when nothing is ordered: brought back to that when its machine was replaced. */
  wanted: 'installed' | 'running' | 'nothing';
  at: AgentAt | null;
  agentGone: boolean;
  /** Its agent was taken down for good. */
  agentOver?: boolean;
  /** The machine and generation that it was last brought up on. */
  runsOn: { machine: string; generation: number } | null;
  vitals: InstanceVitals | null;
  /** The first is being carried out. */
  orders: Order[];
  /** What came of the last ones, for runs that ask again. */
  answered: OrderIs[];
  /** What the action that was asked for answered, until the order is told done; `lacking`: there is no such action. */
  answer: { output?: string; result?: unknown; lacking?: string };
  createdAt: string;
  updatedAt: string;
}

const MAX_ANSWERED = 10;

const step = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({ name, retryable: true, skippable: false, ...more });
const awaitAgent = step('await_agent');
const install = step('install', { during: 'INSTALLING_INSTANCE', after: 'INSTANCE_INSTALLED' });
const start = step('start', { during: 'STARTING_INSTANCE', after: 'INSTANCE_STARTED' });
const stop = step('stop', { during: 'STOPPING_INSTANCE', after: 'INSTANCE_STOPPED' });

/** Every operation as its list of steps; `read` fetches what the model says, `leave` takes it off the agent that it was on. */
export const MODELLED_OPERATIONS = {
  install: [step('read'), step('leave'), awaitAgent, install],
  install_and_start: [step('read'), step('leave'), awaitAgent, install, start],
  start: [awaitAgent, start],
  stop: [stop],
  restart: [awaitAgent, stop, start],
  act: [awaitAgent, step('act', { skippable: true })],
  restore: [awaitAgent, install],
  restore_and_start: [awaitAgent, install, start],
  build: [step('leave'), awaitAgent, step('build', { skippable: true })],
  /** It is there already, from a grid before this one. */
  adopt: [step('leave'), awaitAgent, step('adopt')],
  remove: [step('remove', { during: 'STOPPING_INSTANCE', after: 'INSTANCE_STOPPED', skippable: true })],
} satisfies Record<string, StepPlan[]>;

export type ModelledOperation = keyof typeof MODELLED_OPERATIONS;

export function newModelled({ path, order }: ModelledInput, at: string): ModelledInstance {
  return {
    ...newLifecycle(instanceId(path, null), 'instance', '', 'PLANNED', at),
    state: 'PLANNED', service: path, instance: null, agent: null, making: null, wanted: 'nothing', at: null, agentGone: false, runsOn: null, vitals: null,
    orders: [order], answered: [], answer: {}, createdAt: at, updatedAt: at,
  };
}

/** The operation that an order is, or undefined where nothing has to be done for it. */
export function operationFor(state: ModelledInstance, order: Order): ModelledOperation | undefined {
  const runs = state.state === 'INSTANCE_STARTED' && isThere(state);
  switch (order.verb) {
    case 'install':
      if (isLatest(state, order)) return undefined;
      return order.start === false ? 'install' : 'install_and_start';
    case 'start':
      return runs ? undefined : 'start';
    case 'stop':
      return state.state === 'INSTANCE_STOPPED' || state.state === 'INSTANCE_INSTALLED' ? undefined : 'stop';
    case 'adopt':
      return state.making ? undefined : 'adopt';
    default:
      return order.verb;
  }
}

const UNMADE: readonly Order['verb'][] = ['install', 'remove', 'adopt', 'build', 'stop'];

/** Why an order cannot be carried out as the service is. */
export function objectionTo({ service, making, agent: now }: ModelledInstance, { verb, agent }: Order): Problem | undefined {
  if (!making && !UNMADE.includes(verb)) return problem(409, 'not_installed', `${service} is not installed`, 'Install it first: grid ays install.');
  // To build it where it is to be would take it away from where it is.
  if (making && verb === 'build' && now !== agent) return problem(409, 'is_elsewhere', `${service} is installed on another machine than the model says`, 'Have it follow the model first: grid ays apply.');
  return undefined;
}

/** What it was under a grid before this one, it is here. */
export function takeOver(state: ModelledInstance, { spec, files, phase, vitals }: FoundInstance, at: string): void {
  state.making = { generation: spec.generation, recipe: spec.recipe, files };
  state.wanted = phase === 'started' ? 'running' : 'installed';
  state.vitals = vitals;
  enter(state, phase === 'started' ? 'INSTANCE_STARTED' : 'INSTANCE_STOPPED', at, 'adopt');
}

/** A-16: installed already, made of the same and in the same place. */
const isLatest = (state: ModelledInstance, { checksum, agent, reinstall }: Order): boolean =>
  reinstall !== true && state.wanted !== 'nothing' && state.making?.recipe.checksum === checksum && state.agent === agent && isThere(state);

/** It was brought up on the machine that its agent has, as far as is known, and of what it is to be made of. */
const isThere = ({ agentGone, runsOn, making, at }: ModelledInstance): boolean =>
  !agentGone && runsOn !== null && runsOn.generation === making?.generation && (at === null || runsOn.machine === at.machine);

/** What has to be done without any order: its machine is another one now. What a person called off waits for that person. */
export const restoreOf = (state: ModelledInstance): ModelledOperation | undefined =>
  hasCondition(state, 'Aborted') || state.wanted === 'nothing' || state.at === null || state.making === null || isThere(state) ? undefined : state.wanted === 'running' ? 'restore_and_start' : 'restore';

/** What it is to be once this is done. */
export function wantedAfter(state: ModelledInstance, operation: ModelledOperation): ModelledInstance['wanted'] {
  if (operation === 'act' || operation === 'build' || operation === 'adopt') return state.wanted;
  if (operation === 'remove') return 'nothing';
  return operation === 'install' || operation === 'stop' || operation === 'restore' ? 'installed' : 'running';
}

/** How the order that is being carried out stands. */
function orderNow(state: ModelledInstance): OrderIs | undefined {
  const [order] = state.orders;
  if (!order) return undefined;
  // The steps that are shown are those of what went before.
  if (!state.operation) return { order: order.id, path: state.service, state: 'running', reason: 'its turn' };
  const now = currentStep(state);
  const why = now && whyOf(now);
  const blocked = blockedStep(state);
  return {
    order: order.id, path: state.service, state: blocked ? 'blocked' : 'running', reason: now ? `${now.name}${why ? `: ${why}` : ''}` : 'its turn',
    ...(blocked?.lastError ? { problem: blocked.lastError } : {}),
  };
}

/** Actions that a person means when asking for them; the others are for whoever has them. */
const MEANT = ['execute', 'data_export', 'data_import'];

/** What is said of an order that was carried out. */
export function doneWith({ answer: { lacking }, service, making, orders }: ModelledInstance): Pick<OrderIs, 'state' | 'reason'> & Partial<OrderIs> {
  if (!making && orders[0]?.verb === 'adopt') return { state: 'done', reason: `${service} was not installed whole; \`grid ays apply\` installs it` };
  if (lacking === undefined) return { state: 'done', reason: '' };
  const reason = `it has no action ${lacking}`;
  if (!MEANT.includes(lacking)) return { state: 'done', reason };
  return { state: 'failed', reason, problem: problem(404, 'no_action', `${service} has no action ${lacking}`, 'Add it to its actions file and install it again.', { field: 'action' }) };
}

/** Takes the first order off, and keeps what came of it. */
export function answerOrder(state: ModelledInstance, outcome: Pick<OrderIs, 'state' | 'reason'> & Partial<OrderIs>): void {
  const order = state.orders.shift();
  if (!order) return;
  const { lacking: _l, ...answer } = state.answer;
  state.answered.push({ order: order.id, path: state.service, ...answer, ...outcome });
  state.answered = state.answered.slice(-MAX_ANSWERED);
  state.answer = {};
}

/** Whoever stands behind one that is blocked is held up by the same, unless it is just what gets that one on. */
function waits(state: ModelledInstance, order: string): OrderIs {
  const before = orderNow(state);
  const goesOn = state.decision !== null || state.interrupt !== null;
  if (before?.state === 'blocked' && !goesOn) return { ...before, order };
  return { order, path: state.service, state: 'waiting', reason: before?.state === 'blocked' ? 'what was blocked goes on' : 'another run is at it' };
}

/** What every run that waits for something of it is to know. */
export const toldTo = (state: ModelledInstance, run: string): OrderIs[] => {
  const waiting = state.orders.slice(1).filter((one) => one.run === run);
  const first = state.orders[0]?.run === run ? orderNow(state) : undefined;
  return [...state.answered.filter((one) => one.order.startsWith(`${run}#`)), ...(first ? [first] : []),
    ...waiting.map(({ id }) => waits(state, id))];
};

export type ModelledDocument = Omit<ModelledInstance, 'making'> & { making: Omit<Making, 'files'> | null };

export const viewModelled = ({ making, ...rest }: ModelledInstance): ModelledDocument => ({ ...rest, making: making && { generation: making.generation, recipe: making.recipe } });

export const viewModelledDetail = (state: ModelledInstance): Summary['detail'] => ({
  service: state.service, instance: null, agent: state.agent, generation: state.making?.generation ?? 0, checksum: state.making?.recipe.checksum ?? '',
  address: state.at?.address ?? '', host: state.at?.host ?? '', health: state.vitals?.health ?? 'unknown', wanted: state.wanted,
});
