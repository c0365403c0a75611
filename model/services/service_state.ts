import { serviceId } from '../ids';
import type { Held } from '../messages';
import { newLifecycle, type Lifecycle, type StepPlan, type Summary } from '../lifecycle';
import { noHistory, type History } from './history';
import type { InstanceProgress } from './instance_state';
import type { AgentProgress } from './agent_state';
import type { Recommendation } from './capacity_state';
import type { Generation } from './recipe';
import { countedNumbers } from './places';
import type { Making, ServicePlan, Wish } from './wish';

/** `spec` §1.3. */
export type ServiceProgress = 'INSTALLING_SERVICE' | 'SERVICE_INSTALLED' | 'UNINSTALLING_SERVICE' | 'SERVICE_UNINSTALLED';

/** One instance as its service knows it, from what instance and agent tell. */
export interface KnownInstance {
  instance: number;
  agent: number;
  progress: InstanceProgress;
  agentProgress: AgentProgress;
  /** What it runs now; 0 before it ran. */
  generation: number;
  /** What it was last told to be made of. */
  told: number;
  up: boolean;
  /** Why it is not up: the reason of its step, or of its agent's. */
  reason: string;
  blocked: boolean;
  /** It is to go: not in the plan any more. */
  leaving: boolean;
}

export interface ServiceState extends Lifecycle {
  state: ServiceProgress;
  service: string;
  plan: ServicePlan;
  instances: KnownInstance[];
  /** Agents that had an instance and are not terminated yet. */
  agents: number[];
  /** What it was when it was last SERVICE_INSTALLED: where an abort goes back to. */
  installed: { planned: number; generation: number } | null;
  /** What runs at connectors of others, by compute, as those say. Absent before there was any. */
  held?: Record<string, Held>;
  /** True: a newer plan came, which no operation took yet. */
  replan: boolean;
  /** What the capacity planner would do, where it has a rule for it. */
  recommendation: Recommendation | null;
  /** What instances were made of, newest last; the last is what they are to be made of. */
  generations: Generation[];
  history: History;
  createdAt: string;
  updatedAt: string;
}

const step = (name: string): StepPlan => ({ name, retryable: true, skippable: false });

/** `converge` brings what runs to what is planned; it is the one operation of a service. */
export const SERVICE_OPERATIONS = {
  converge: [step('start_missing'), step('stop_surplus'), step('replace_outdated')],
  uninstall: [step('stop_surplus')],
} satisfies Record<string, StepPlan[]>;

/** Added where some of it is at connectors of others. */
const ELSEWHERE: StepPlan = { name: 'scale_elsewhere', retryable: true, skippable: true };

export const stepsOf = (state: Pick<ServiceState, 'plan' | 'held'>, kind: ServiceOperation): StepPlan[] =>
  Object.keys(wantedElsewhere(state)).length > 0 ? [ELSEWHERE, ...SERVICE_OPERATIONS[kind]] : SERVICE_OPERATIONS[kind];

export type ServiceOperation = keyof typeof SERVICE_OPERATIONS;

export function newService(plan: ServicePlan, at: string): ServiceState {
  const { making } = plan;
  return {
    ...newLifecycle(serviceId(plan.wish.service), 'service', '', 'INSTALLING_SERVICE', at),
    state: 'INSTALLING_SERVICE', service: plan.wish.service, plan: withoutMaking(plan), instances: [], agents: [], installed: null,
    generations: making ? [nextGeneration([], making)] : [], replan: true, recommendation: null, history: noHistory(), createdAt: at, updatedAt: at,
  };
}

const withoutMaking = ({ making: _m, ...plan }: ServicePlan): ServicePlan => plan;

/** As many generations are kept as a roll back can reach. */
const KEPT_GENERATIONS = 3;

/** Takes a newer plan; one that is older than what is known changes nothing. */
export function takePlan(state: ServiceState, plan: ServicePlan): boolean {
  if (plan.sequence <= state.plan.sequence) return false;
  // A move that is going on is not made in a hurry by whatever else is wanted meanwhile.
  const moving = state.plan.moving && !plan.uninstall ? { moving: true as const } : {};
  state.plan = { ...withoutMaking(plan), ...moving };
  if (plan.making) state.generations = [...state.generations, nextGeneration(state.generations, plan.making)].slice(-KEPT_GENERATIONS);
  state.replan = true;
  return true;
}

/** A roll back is the generation before the last, under its own number: what still is made of it is not touched. */
function nextGeneration(had: readonly Generation[], making: Making): Generation {
  if ('rollback' in making) return had.at(-2) ?? had.at(-1)!;
  return { number: Math.max(0, ...had.map((g) => g.number)) + 1, ...making };
}

/** What is wanted at connectors of others: none where there was some and nothing is wanted any more. */
export function wantedElsewhere({ plan, held = {} }: Pick<ServiceState, 'plan' | 'held'>): Record<string, number> {
  const numbers = countedNumbers(plan.wish);
  const none = Object.fromEntries([...Object.keys(held), ...Object.keys(numbers)].map((compute) => [compute, 0]));
  return plan.uninstall ? none : { ...none, ...numbers };
}

/** Those of them that did not agree yet, or that run another number. */
export const unsettled = (state: Pick<ServiceState, 'plan' | 'held'>): string[] =>
  Object.entries(wantedElsewhere(state)).filter(([compute, number]) => {
    const held = state.held?.[compute];
    return !held || held.wanted !== number || !held.applied || (held.running !== null && held.running !== number);
  }).map(([compute]) => compute);

export const currentGeneration = ({ generations }: Pick<ServiceState, 'generations'>): Generation => generations.at(-1)!;

/** The service's document: without the recipes' files, which only its instances ask for. */
export interface ServiceDocument extends Omit<ServiceState, 'generations' | 'plan'> {
  wish: Wish;
  /** Revision of the wish, for `If-Match`. */
  sequence: number;
  generations: { number: number; recipe: string; checksum: string; data: Record<string, string> }[];
}

export function viewService({ generations, plan, ...rest }: ServiceState): ServiceDocument {
  return {
    ...rest, wish: plan.wish, sequence: plan.sequence,
    generations: generations.map(({ number, recipe, data }) => ({ number, recipe: recipe.name, checksum: recipe.checksum, data })),
  };
}

const runElsewhere = (held: ServiceState['held'] = {}): number => Object.values(held).reduce((n, h) => n + (h.running ?? (h.applied ? h.wanted : 0)), 0);

export const viewServiceDetail = ({ plan, instances, generations, held }: ServiceState): Summary['detail'] => ({
  name: plan.wish.service, displayName: plan.wish.displayName.slice(0, 100), recipe: generations.at(-1)?.recipe.name ?? '',
  planned: plan.uninstall ? 0 : plan.wish.planned, min: plan.wish.min, max: plan.wish.max,
  up: instances.filter((i) => i.up).length + runElsewhere(held), instances: instances.length + runElsewhere(held), generation: generations.at(-1)?.number ?? 0,
});
