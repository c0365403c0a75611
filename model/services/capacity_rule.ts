import type { Recommendation, RuleState, ScalingRule } from './capacity_state';
import { compareValues } from './compare';
import type { ServiceProgress } from './service_state';

/** Older values say nothing about now (DESIGN §11). */
export const MAX_AGE_SECONDS = 60;
/** Looks come at least once a minute; after a longer silence of the planner itself nobody knows what was between. */
const LONGEST_GAP_MS = 2 * MAX_AGE_SECONDS * 1000;

export interface SeenValue {
  value: unknown;
  ageSeconds: number;
}

/** What somebody set, as long as that counts, else what was measured. */
export const whichCounts = <V extends SeenValue>(set: V | undefined, measured: V | undefined): V | undefined =>
  set && (set.ageSeconds <= MAX_AGE_SECONDS || !measured) ? set : measured;

/** A service as one look of the capacity planner found it. */
export interface ServiceSeen {
  progress: ServiceProgress;
  /** False: it is paused, or another change of it is on its way. */
  settled: boolean;
  min: number;
  max: number;
  /** Their numbers. */
  instances: number[];
  /** Of the rule's property, by number of the instance. */
  values: Record<number, SeenValue>;
}

/** What a run of the planner tells the rules of one service, update `look`. */
export interface Seen {
  service: string;
  /** Of the rule that it was looked at for: another one since then is not meant. */
  setAt: string;
  /** None: nobody wants the service any more, and its rule goes with it (`spec` §1.6 j). */
  seen: ServiceSeen | null;
}

export interface Decided {
  state: RuleState;
  decision: 'out' | 'in' | 'none';
  /** For a person: why it scales. */
  because?: string;
}

/**
 * What one look at a service leads to (SG-21): out by one if any value is above the rule's high, else in by one if all
 * are below its low, held back by cool-downs and, inwards, by the time that it has to stay so. Never outside min and max.
 */
export function decide(had: RuleState, service: string, seen: ServiceSeen, at: string): Decided {
  const quiet: RuleState = { ...had, inSince: null, lookedAt: null, recommendation: null };
  if (seen.progress !== 'SERVICE_INSTALLED' || !seen.settled) return { state: quiet, decision: 'none' };
  const look: Look = { had, quiet, service, count: seen.instances.length, at, nowMs: Date.parse(at) };
  const { above, below, missing, strange } = judge(had.rule, seen);
  if (above !== undefined) return scaleOut(look, seen, above);
  if (missing.length > 0) return recommend(look, look.count, 'no_value', `no value of ${named(missing)}`);
  if (strange.length > 0) return recommend(look, look.count, 'not_comparable', `the value of ${named(strange)} cannot be compared with the thresholds`);
  if (below && look.count > seen.min) return scaleIn(look);
  return { state: quiet, decision: 'none' };
}

interface Look {
  had: RuleState;
  /** The state when there is nothing to say. */
  quiet: RuleState;
  service: string;
  count: number;
  at: string;
  nowMs: number;
}

interface Judged {
  /** What is too much, for a person. */
  above?: string;
  /** All are below. */
  below: boolean;
  missing: number[];
  strange: number[];
}

function judge({ high, low }: ScalingRule, { instances, values }: ServiceSeen): Judged {
  const judged: Judged = { below: instances.length > 0, missing: [], strange: [] };
  for (const instance of instances) {
    const known = values[instance];
    if (!known || known.ageSeconds > MAX_AGE_SECONDS) {
      judged.missing.push(instance);
      continue;
    }
    const [toHigh, toLow] = [compareValues(known.value, high), compareValues(known.value, low)];
    if (toHigh !== undefined && toHigh > 0) judged.above ??= `instance ${instance} has ${shown(known.value)}, above ${shown(high)}`;
    if (toHigh === undefined || toLow === undefined) judged.strange.push(instance);
    if (toLow === undefined || toLow >= 0) judged.below = false;
  }
  return judged;
}

function scaleOut(look: Look, { max }: ServiceSeen, because: string): Decided {
  const { had, quiet, count, at } = look;
  if (count >= max) return recommend(look, count, 'at_max', `at max ${max}`);
  const coolMs = endOf(had.lastOutAt, had.rule.cooldownOutSeconds);
  if (look.nowMs < coolMs) return cooling(look, quiet, count + 1, coolMs);
  return { state: { ...quiet, lastOutAt: at }, decision: 'out', because };
}

function scaleIn(look: Look): Decided {
  const { had, quiet, count, at, nowMs } = look;
  const { rule } = had;
  const goesOn = had.inSince !== null && had.lookedAt !== null && nowMs - Date.parse(had.lookedAt) <= LONGEST_GAP_MS;
  const inSince = goesOn ? had.inSince! : at;
  const waiting: RuleState = { ...quiet, inSince, lookedAt: at };
  const stableMs = endOf(inSince, rule.stabilisationSeconds);
  const coolMs = Math.max(endOf(had.lastOutAt, rule.cooldownInSeconds), endOf(had.lastInAt, rule.cooldownInSeconds));
  if (nowMs < Math.max(stableMs, coolMs)) return coolMs > stableMs ? cooling(look, waiting, count - 1, coolMs) : stabilising(look, waiting, stableMs);
  return { state: { ...quiet, lastInAt: at }, decision: 'in', because: `all have less than ${shown(rule.low)}` };
}

function stabilising(look: Look, state: RuleState, untilMs: number): Decided {
  const { stabilisationSeconds } = state.rule;
  const stable = Math.floor((look.nowMs - Date.parse(state.inSince!)) / 1000);
  return recommend(look, look.count - 1, 'stabilising', `would scale to ${look.count - 1}: ${stable} of ${stabilisationSeconds} s stable`, state, untilMs);
}

const cooling = (look: Look, state: RuleState, planned: number, untilMs: number): Decided =>
  recommend(look, planned, 'cooling_down', `would scale to ${planned}, cooling down ${Math.ceil((untilMs - look.nowMs) / 1000)} s`, state, untilMs);

/** The same words again are the same recommendation, so that a look that brings nothing new changes nothing. */
function recommend({ had, quiet, service, at }: Look, planned: number, because: Recommendation['because'], message: string, state = quiet, untilMs?: number): Decided {
  const before = had.recommendation;
  const same = before?.message === message && before.planned === planned;
  const said: Recommendation = { service, planned, because, message, ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }), at };
  return { state: { ...state, recommendation: same ? before : said }, decision: 'none' };
}

const endOf = (since: string | null, seconds: number): number => (since === null ? -Infinity : Date.parse(since) + seconds * 1000);

const SHOWN_NUMBERS = 5;
function named(instances: readonly number[]): string {
  const more = instances.length - SHOWN_NUMBERS;
  return `${instances.length === 1 ? 'instance' : 'instances'} ${instances.slice(0, SHOWN_NUMBERS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 40);

/** Two recommendations that say the same but for the seconds that count down. */
export const sameAdvice = (one: Recommendation | null, other: Recommendation | null): boolean =>
  one?.because === other?.because && one?.planned === other?.planned && (one?.because !== 'no_value' || one.message === other?.message);
