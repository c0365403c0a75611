import fc from 'fast-check';
import { MAX_AGE_SECONDS } from '../../model/services/capacity_rule';
import { comparedOf, LATELY_SECONDS } from '../../model/services/compared_values';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const task = (value: unknown, secondsAgo: number, property = 'load') => ({
  task: 'set_instance_property_task', property_name: property, property_value: value, routing: { state_id: '', consumer_id: '', producer_id: '', producer_timestamp: NOW - secondsAgo * 1000 },
});
const keptOf = (value: unknown, secondsAgo: number, tasks: ReturnType<typeof task>[] = []) => ({ properties: { load: { value, at: ago(secondsAgo) } }, history: { tasks, carried: 0 } });
const points = (...all: [secondsAgo: number, value: number][]) => all.map(([seconds, value]) => [NOW - seconds * 1000, value]);

it('takes what somebody set as long as that counts, then what is measured, if anything is', () => {
  const measured = { value: 3, at: ago(1) };
  expect(comparedOf('load', keptOf(50, MAX_AGE_SECONDS), measured, NOW).now).toEqual({ by: 'set', value: 50, ageSeconds: MAX_AGE_SECONDS });
  expect(comparedOf('load', keptOf(50, MAX_AGE_SECONDS + 1), measured, NOW).now).toEqual({ by: 'measured', value: 3, ageSeconds: 1 });
  expect(comparedOf('load', keptOf(50, MAX_AGE_SECONDS + 1), undefined, NOW).now).toMatchObject({ by: 'set', value: 50 });
  expect(comparedOf('constructor', keptOf(50, 1), undefined, NOW)).toEqual({ points: [] });
  expect(comparedOf('load', undefined, undefined, NOW)).toEqual({ points: [] });
});

it('has what was set before, of this property and of lately, and leaves out what is no number', () => {
  const before = [task(1, LATELY_SECONDS + 1), task(10, 200), task('20', 100), task('many', 90), task(99, 80, 'other'), task(5, -10)];
  expect(comparedOf('load', keptOf(30, 10, [...before, task(30, 10)]), { value: 4, at: ago(2) }, NOW).points).toEqual(points([200, 10], [100, 20], [10, 30], [10, 30]));
});

it('whatever was set, points are in the order of their times and of lately', () => {
  const some = fc.array(fc.tuple(fc.integer({ min: -2000, max: 2000 }), fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null))));
  fc.assert(fc.property(some, (all) => {
    const { points: found } = comparedOf('load', { properties: {}, history: { tasks: all.map(([seconds, value]) => task(value, seconds)), carried: 0 } }, undefined, NOW);
    expect(found.map(([at]) => at)).toEqual(found.map(([at]) => at).sort((a, b) => a - b));
    for (const [at, value] of found) {
      expect(at >= NOW - LATELY_SECONDS * 1000 && at <= NOW).toBe(true);
      expect(Number.isFinite(value)).toBe(true);
    }
  }));
});
