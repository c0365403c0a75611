import { CAPACITY_ID } from '../ids';
import { newLifecycle, type Lifecycle, type Summary } from '../lifecycle';
import { noHistory, type History } from './history';
import type { Task } from './task';

/** SG-19, SG-21; the cool-downs, the window and the age are ours (DESIGN §11). Thresholds compare as SG-21 says: like with like in their order, else as numbers. */
export interface ScalingRule {
  propertyName: string;
  high: number | string | boolean;
  low: number | string | boolean;
  cooldownOutSeconds: number;
  cooldownInSeconds: number;
  /** Scaling in needs this long of saying so at every look. */
  stabilisationSeconds: number;
}

/** What the planner would do, and why it does not do it yet. */
export interface Recommendation {
  service: string;
  /** Number of instances it would have. */
  planned: number;
  /** For a person: "would scale to 3, cooling down 40 s". */
  message: string;
  at: string;
}

export interface RuleState {
  rule: ScalingRule;
  lastOutAt: string | null;
  lastInAt: string | null;
  /** Since when every look said that there is too much; null when the last one did not. */
  inSince: string | null;
  recommendation: Recommendation | null;
}

export interface CapacityState extends Lifecycle {
  /** By service. */
  rules: Record<string, RuleState>;
  pending: Task[];
  executing: Task | null;
  history: History;
  createdAt: string;
  updatedAt: string;
}

export function newCapacity(at: string): CapacityState {
  return {
    ...newLifecycle(CAPACITY_ID, 'capacity', '', 'planning', at),
    rules: {}, pending: [], executing: null, history: noHistory(), createdAt: at, updatedAt: at,
  };
}

export const viewCapacityDetail = ({ rules }: CapacityState): Summary['detail'] => ({ rules: Object.keys(rules).length });
