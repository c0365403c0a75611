import { problem, type Problem } from '../errors';
import { ruleOf, type CapacityState, type RuleTimes, type ScalingRule } from './capacity_state';
import { serviceOf } from './check_task';
import { compareValues } from './compare';
import type { Task } from './task';

/** The rule inside a `scaling_rules_task` (SG-19). */
interface PostedRule {
  property_name: string;
  high_threshold: ScalingRule['high'];
  low_threshold: ScalingRule['low'];
  cooldown_out_seconds?: number;
  cooldown_in_seconds?: number;
  stabilisation_seconds?: number;
}

const posted = (task: Task) => task.scaling_rule as PostedRule;

/** Why this rule could never scale right, or undefined. */
export function refuseRule(task: Task): Problem | undefined {
  const { low_threshold: low, high_threshold: high } = posted(task) ?? {};
  const order = compareValues(low, high);
  return order !== undefined && order < 0 ? undefined
    : problem(400, 'invalid_task', 'scaling_rule.low_threshold: is not below high_threshold', 'Give a low_threshold below the high_threshold, both numbers or both texts.', { field: 'scaling_rule.low_threshold' });
}

/** One rule per service, the last wins (SG-19). Cool-downs go on: posting a rule again does not make it scale sooner. */
export function putRule(state: CapacityState, task: Task, at: string): void {
  const service = serviceOf(task);
  const { property_name, high_threshold, low_threshold } = posted(task);
  const named = timesOf(posted(task));
  const had = ruleOf(state, service);
  state.rules[service] = {
    rule: { propertyName: property_name, high: high_threshold, low: low_threshold, ...state.defaults, ...named },
    named, setAt: at, lastOutAt: had?.lastOutAt ?? null, lastInAt: had?.lastInAt ?? null, inSince: null, lookedAt: null, recommendation: had?.recommendation ?? null,
  };
}

function timesOf({ cooldown_out_seconds, cooldown_in_seconds, stabilisation_seconds }: PostedRule): Partial<RuleTimes> {
  const given = { cooldownOutSeconds: cooldown_out_seconds, cooldownInSeconds: cooldown_in_seconds, stabilisationSeconds: stabilisation_seconds };
  return Object.fromEntries(Object.entries(given).filter(([, seconds]) => seconds !== undefined));
}
