import { CAPACITY_ID } from '../ids';
import { newLifecycle, type Lifecycle, type Summary } from '../lifecycle';
import { noHistory, type History } from './history';
import type { Task } from './task';

/** Workflow type of the planner's short runs, each one look; their ids begin with that of the Schedule. */
export const CAPACITY_RUN = 'capacityPlanner';
export const CAPACITY_SCHEDULE = 'capacity-planner';

/** The times of a rule; they bound how often it scales, whatever the load does. */
export interface RuleTimes {
  /** Between two scalings out. */
  cooldownOutSeconds: number;
  /** Between any scaling and one in. */
  cooldownInSeconds: number;
  /** Scaling in needs this long of saying so at every look. */
  stabilisationSeconds: number;
}

/** DESIGN §9. */
export const DEFAULT_TIMES: Readonly<RuleTimes> = { cooldownOutSeconds: 30, cooldownInSeconds: 120, stabilisationSeconds: 60 };

/** SG-19, SG-21; the times are ours (DESIGN §11). Thresholds compare as SG-21 says: like with like in their order, else as numbers. */
export interface ScalingRule extends RuleTimes {
  propertyName: string;
  high: number | string | boolean;
  low: number | string | boolean;
}

/** What the planner would do, and why it does not do it yet. */
export interface Recommendation {
  service: string;
  /** Number of instances it would have. */
  planned: number;
  because: 'cooling_down' | 'stabilising' | 'at_max' | 'no_value' | 'not_comparable';
  /** For a person: "would scale to 3, cooling down 40 s". */
  message: string;
  /** When it would be done, if the values stay as they are. */
  until?: string;
  at: string;
}

export interface RuleState {
  rule: ScalingRule;
  /** The times that the rule named itself; the others are the grid's. */
  named: Partial<RuleTimes>;
  setAt: string;
  lastOutAt: string | null;
  lastInAt: string | null;
  /** Since when every look said that there is too much, and the last of those looks; null when the last one did not. */
  inSince: string | null;
  lookedAt: string | null;
  recommendation: Recommendation | null;
}

export interface CapacityState extends Lifecycle {
  /** Of rules that do not name their own. */
  defaults: RuleTimes;
  /** By service. */
  rules: Record<string, RuleState>;
  pending: Task[];
  executing: Task | null;
  history: History;
  createdAt: string;
  updatedAt: string;
}

/** capacity planner → service, `recommended`: told when there is another one, not when only its seconds count down. */
export interface Recommended {
  recommendation: Recommendation | null;
}

export function newCapacity(at: string): CapacityState {
  return {
    ...newLifecycle(CAPACITY_ID, 'capacity', '', 'planning', at),
    defaults: DEFAULT_TIMES, rules: {}, pending: [], executing: null, history: noHistory(), createdAt: at, updatedAt: at,
  };
}

/** The rule of a service. Names of services may be names that every object has. */
export const ruleOf = ({ rules }: Pick<CapacityState, 'rules'>, service: string): RuleState | undefined =>
  Object.hasOwn(rules, service) ? rules[service] : undefined;

/** Other defaults reach every rule that did not name its own. */
export function putDefaults(state: CapacityState, defaults: RuleTimes): void {
  state.defaults = defaults;
  for (const one of Object.values(state.rules)) Object.assign(one.rule, defaults, one.named);
}

export const viewCapacityDetail = ({ rules, pending }: CapacityState): Summary['detail'] => ({ rules: Object.keys(rules).length, pending: pending.length });
