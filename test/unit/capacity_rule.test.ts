import fc from 'fast-check';
import { decide, MAX_AGE_SECONDS, sameAdvice, type SeenValue, type ServiceSeen } from '../../model/services/capacity_rule';
import type { RuleState, ScalingRule } from '../../model/services/capacity_state';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

const RULE: ScalingRule = { propertyName: 'load', high: 10, low: 1, cooldownOutSeconds: 30, cooldownInSeconds: 120, stabilisationSeconds: 60 };
const stateOf = (rule: Partial<ScalingRule> = {}, more: Partial<RuleState> = {}): RuleState => ({
  rule: { ...RULE, ...rule }, named: {}, setAt: at(0), lastOutAt: null, lastInAt: null, inSince: null, lookedAt: null, recommendation: null, ...more,
});
const fresh = (values: unknown[], ageSeconds = 1): Record<number, SeenValue> => Object.fromEntries(values.map((value, i) => [i, { value, ageSeconds }]));
const seenOf = (values: unknown[], more: Partial<ServiceSeen> = {}): ServiceSeen => ({
  progress: 'SERVICE_INSTALLED', settled: true, min: 1, max: 4, instances: values.map((_, i) => i), values: fresh(values), ...more,
});
const AT_ONCE = { cooldownOutSeconds: 0, cooldownInSeconds: 0, stabilisationSeconds: 0 };
const look = (values: unknown[], rule: Partial<ScalingRule> = AT_ONCE, more: Partial<ServiceSeen> = {}) => decide(stateOf(rule), 'web', seenOf(values, more), at(0));

describe('one look, as the original decides (SG-21)', () => {
  it('scales out when any instance is above high, even while others are below low or have no value', () => {
    expect(look([0, 11, 0])).toMatchObject({ decision: 'out', because: 'instance 1 has 11, above 10' });
    expect(look([11, 0], AT_ONCE, { values: fresh([11]) }).decision).toBe('out');
  });

  it('scales in when all are below low', () => expect(look([0, 0.9]).decision).toBe('in'));

  it('takes both thresholds strictly', () => {
    expect(look([10, 10]).decision).toBe('none');
    expect(look([1, 0]).decision).toBe('none');
  });

  it.each([
    [['b', 'b'], { low: 'c', high: 'x' }, 'in'],
    [['y', 'b'], { low: 'c', high: 'x' }, 'out'],
    [['11', 5], { low: 1, high: 10 }, 'out'],
    [[5, '9'], { low: '1', high: '10' }, 'out'],
    [[true, false], { low: 0.5, high: 0.6 }, 'out'],
    [[false, false], { low: true, high: 2 }, 'in'],
  ] as const)('compares %j with %j like with like, otherwise as numbers: %s', (values, rule, decision) => {
    expect(look([...values], { ...AT_ONCE, ...rule }).decision).toBe(decision);
  });

  it.each([['busy'], [null], [{ now: 0 }], [[0]], ['']])('lets %j, which has no order with numbers, hold scaling in, and says so', (strange) => {
    const { decision, state } = look([0, strange]);
    expect(decision).toBe('none');
    expect(state.recommendation).toMatchObject({ because: 'not_comparable', planned: 2, message: 'the value of instance 1 cannot be compared with the thresholds' });
  });

  it('lets a missing value hold scaling in, and says whose', () => {
    expect(look([0, 0, 0], AT_ONCE, { values: fresh([0]) }).state.recommendation).toMatchObject({ because: 'no_value', message: 'no value of instances 1, 2' });
    expect(look([0, 0], AT_ONCE, { values: fresh([0]) })).toMatchObject({ decision: 'none', state: { recommendation: { message: 'no value of instance 1' } } });
  });

  it('does not count values older than a minute, in neither direction', () => {
    expect(look([11, 11], AT_ONCE, { values: fresh([11, 11], MAX_AGE_SECONDS + 1) })).toMatchObject({ decision: 'none', state: { recommendation: { because: 'no_value' } } });
    expect(look([0, 0], AT_ONCE, { values: fresh([0, 0], MAX_AGE_SECONDS + 1) }).decision).toBe('none');
    expect(look([11, 11], AT_ONCE, { values: fresh([11, 11], MAX_AGE_SECONDS) }).decision).toBe('out');
  });

  it('says that it is at max, and at min nothing', () => {
    expect(look([11, 11], AT_ONCE, { max: 2 })).toMatchObject({ decision: 'none', state: { recommendation: { because: 'at_max', planned: 2, message: 'at max 2' } } });
    expect(look([0, 0], AT_ONCE, { min: 2 })).toMatchObject({ decision: 'none', state: { recommendation: null, inSince: null } });
  });

  it.each([{ progress: 'INSTALLING_SERVICE' }, { progress: 'UNINSTALLING_SERVICE' }, { progress: 'SERVICE_UNINSTALLED' }, { settled: false }] as const)('leaves a service alone that is %j', (more) => {
    for (const values of [[11, 11], [0, 0]]) expect(look(values, AT_ONCE, more)).toMatchObject({ decision: 'none', state: { recommendation: null } });
  });

  it('has nothing to scale where there is no instance', () => expect(look([], AT_ONCE, { min: 0 }).decision).toBe('none'));
});

describe('what holds a scaling back', () => {
  it('says while it cools what it would do and how long it waits', () => {
    const state = stateOf({}, { lastOutAt: at(0) });
    expect(decide(state, 'web', seenOf([11, 5]), at(20.5)).state.recommendation).toEqual({
      service: 'web', planned: 3, because: 'cooling_down', message: 'would scale to 3, cooling down 10 s', until: at(30), at: at(20.5),
    });
    expect(decide(state, 'web', seenOf([11, 5]), at(30)).decision).toBe('out');
  });

  it('scales out soon after scaling in, but not in soon after scaling out', () => {
    expect(decide(stateOf({}, { lastInAt: at(0) }), 'web', seenOf([11]), at(1)).decision).toBe('out');
    const state = stateOf({ stabilisationSeconds: 0 }, { lastOutAt: at(0) });
    expect(decide(state, 'web', seenOf([0, 0]), at(119)).state.recommendation?.message).toBe('would scale to 1, cooling down 1 s');
    expect(decide(state, 'web', seenOf([0, 0]), at(120)).decision).toBe('in');
    expect(decide({ ...state, lastOutAt: null, lastInAt: at(0) }, 'web', seenOf([0, 0]), at(119)).decision).toBe('none');
  });

  it('waits until there has been too much at every look for the stabilisation', () => {
    let { state } = decide(stateOf(), 'web', seenOf([0, 0]), at(0));
    ({ state } = decide(state, 'web', seenOf([0, 0]), at(35)));
    expect(state.recommendation).toMatchObject({ because: 'stabilising', planned: 1, message: 'would scale to 1: 35 of 60 s stable', until: at(60) });
    expect(decide(state, 'web', seenOf([0, 0]), at(60)).decision).toBe('in');
    ({ state } = decide(state, 'web', seenOf([0, 5]), at(50)));
    expect(decide(state, 'web', seenOf([0, 0]), at(60)).state.recommendation?.message).toBe('would scale to 1: 0 of 60 s stable');
  });

  it('begins the stabilisation anew when nobody looked for long', () => {
    const { state } = decide(stateOf(), 'web', seenOf([0, 0]), at(0));
    expect(decide(state, 'web', seenOf([0, 0]), at(600)).state.recommendation?.message).toBe('would scale to 1: 0 of 60 s stable');
  });

  it('says the same again as the same, so that nothing is told twice', () => {
    const { state } = look([11, 11], AT_ONCE, { max: 2 });
    expect(decide(state, 'web', seenOf([11, 11], { max: 2 }), at(9)).state).toEqual(state);
    const one = decide(stateOf({}, { lastOutAt: at(0) }), 'web', seenOf([11]), at(1)).state.recommendation;
    const later = decide(stateOf({}, { lastOutAt: at(0) }), 'web', seenOf([11]), at(9)).state.recommendation;
    expect([sameAdvice(one, later), sameAdvice(one, state.recommendation), sameAdvice(one, null), sameAdvice(null, null)]).toEqual([true, false, false, true]);
  });
});

interface Scaling {
  second: number;
  decision: 'out' | 'in';
}

interface Run {
  scalings: Scaling[];
  counts: number[];
}

/** Lives through a load, look by look; what is decided is done at once. */
function live(rule: ScalingRule, limits: { min: number; max: number }, looks: readonly { afterSeconds: number; loads: readonly (number | null)[] }[]): Run {
  let state = stateOf(rule);
  let count = limits.min;
  let second = 0;
  const run: Run = { scalings: [], counts: [count] };
  for (const { afterSeconds, loads } of looks) {
    second += afterSeconds;
    const values = Object.fromEntries(Array.from({ length: count }, (_, i) => [i, { value: loads[i % loads.length], ageSeconds: 1 }]).filter(([, v]) => (v as SeenValue).value !== null));
    const decided = decide(state, 'web', { progress: 'SERVICE_INSTALLED', settled: true, ...limits, instances: Array.from({ length: count }, (_, i) => i), values }, at(second));
    state = decided.state;
    if (decided.decision !== 'none') run.scalings.push({ second, decision: decided.decision });
    count += { out: 1, in: -1, none: 0 }[decided.decision];
    run.counts.push(count);
  }
  return run;
}

const rules = fc.record({ cooldownOutSeconds: fc.nat(90), cooldownInSeconds: fc.nat(200), stabilisationSeconds: fc.nat(90) }).map((times) => ({ ...RULE, ...times }));
const limits = fc.tuple(fc.nat(3), fc.nat(5)).map(([min, more]) => ({ min, max: min + more }));
const load = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 0.5, 1, 5, 10, 11, 100) }, { weight: 1, arbitrary: fc.constant(null) });
/** Loads that stay for a while: else nothing would ever be stable. */
const phase = fc.record({ times: fc.integer({ min: 1, max: 25 }), afterSeconds: fc.integer({ min: 1, max: 20 }), loads: fc.array(load, { minLength: 1, maxLength: 3 }) });
const looks = fc.array(phase, { minLength: 2, maxLength: 20 }).map((phases) => phases.flatMap(({ times, ...one }) => Array.from({ length: times }, () => one)));

describe('whatever the load does', () => {
  it('there are never fewer than min nor more than max', () => {
    fc.assert(fc.property(rules, limits, looks, (rule, range, all) => {
      for (const count of live(rule, range, all).counts) {
        expect(count).toBeGreaterThanOrEqual(range.min);
        expect(count).toBeLessThanOrEqual(range.max);
      }
    }));
  });

  it('no scaling out comes within its cool-down, and none in within its cool-down after any scaling', () => {
    fc.assert(fc.property(rules, limits, looks, (rule, range, all) => {
      const { scalings } = live(rule, range, all);
      scalings.forEach(({ second, decision }, i) => {
        const earlier = scalings.slice(0, i);
        const outs = earlier.filter((s) => s.decision === 'out');
        if (decision === 'out' && outs.length > 0) expect(second - outs.at(-1)!.second).toBeGreaterThanOrEqual(rule.cooldownOutSeconds);
        if (decision === 'in' && earlier.length > 0) expect(second - earlier.at(-1)!.second).toBeGreaterThanOrEqual(rule.cooldownInSeconds);
      });
    }));
  });

  it('a window of any length has no more scalings than its budget', () => {
    fc.assert(fc.property(rules, limits, looks, fc.integer({ min: 10, max: 2000 }), (rule, range, all, window) => {
      const { scalings } = live({ ...rule, cooldownOutSeconds: rule.cooldownOutSeconds + 1, cooldownInSeconds: rule.cooldownInSeconds + 1 }, range, all);
      const budget = Math.floor(window / (rule.cooldownOutSeconds + 1)) + Math.floor(window / (rule.cooldownInSeconds + 1)) + 2;
      for (const { second: from } of scalings) expect(scalings.filter((s) => s.second >= from && s.second <= from + window).length).toBeLessThanOrEqual(budget);
    }));
  });

  it('a load that stays between the thresholds never scales', () => {
    const between = fc.array(fc.record({ afterSeconds: fc.integer({ min: 1, max: 100 }), loads: fc.array(fc.double({ min: 1, max: 10, noNaN: true }), { minLength: 1, maxLength: 4 }) }), { maxLength: 100 });
    fc.assert(fc.property(rules, limits, between, (rule, range, all) => expect(live(rule, range, all).scalings).toEqual([])));
  });

  it('a load that jumps at every look never scales in, since nothing is ever stable', () => {
    const range = { min: 1, max: 5 };
    const all = Array.from({ length: 400 }, (_, i) => ({ afterSeconds: 15, loads: [i % 2 ? 0 : 100] }));
    expect(live(RULE, range, all).scalings.map((s) => s.decision)).toEqual(['out', 'out', 'out', 'out']);
  });

  it('the same looks lead to the same scalings', () => {
    fc.assert(fc.property(rules, limits, looks, (rule, range, all) => expect(live(rule, range, all)).toEqual(live(rule, range, all))));
  });

  it('a load that stays above high for good ends at max, one below low at min', () => {
    fc.assert(fc.property(rules, limits, (rule, range) => {
      const looksOf = (value: number) => Array.from({ length: 150 }, () => ({ afterSeconds: 15, loads: [value] }));
      const count = Math.max(range.min, 1);
      expect(live(rule, { min: count, max: range.max + 1 }, looksOf(50)).counts.at(-1)).toBe(range.max + 1);
      expect(live(rule, { min: count, max: range.max + 1 }, [...looksOf(50), ...looksOf(0)]).counts.at(-1)).toBe(count);
    }));
  });
});
