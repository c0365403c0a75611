import fc from 'fast-check';
import { instancesOf, planDeployment } from '../../model/services/plan_deployment';
import { countedNumbers, numbersOn, ownNumbers, scaledOn, scaledTo } from '../../model/services/places';
import { NO_MAX, type Wish } from '../../model/services/wish';

const COUNTED = ['x', 'y'];
const INSTALLED: Wish = { service: 's', displayName: 's', planned: 2, min: 0, max: NO_MAX, compute: 'host' };
const change = fc.oneof(
  fc.record({ compute: fc.constantFrom('host', 'rack', ...COUNTED), number: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ planned: fc.integer({ min: 0, max: 12 }) }),
);
type Change = { compute: string; number: number } | { planned: number };
const changed = (wish: Wish, one: Change): Wish =>
  'planned' in one ? scaledTo(wish, one.planned) : scaledOn(wish, one.compute, one.number, COUNTED.includes(one.compute));

test('what is wanted in all is what is wanted on its computes, each of them wanted once and never less than none', () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 15 }), (changes) => {
    const wish = changes.reduce(changed, INSTALLED);
    const numbers = Object.values(numbersOn(wish));
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(wish.planned);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect({ ...ownNumbers(wish), ...countedNumbers(wish) }).toEqual(numbersOn(wish));
  }));
});

test('a change of one compute leaves the others as they are, a change in all reaches its number', () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 10 }), change, (changes, last) => {
    const before = changes.reduce(changed, INSTALLED);
    const after = changed(before, last);
    if ('planned' in last) return expect(after.planned).toBe(last.planned);
    expect(numbersOn(after)).toEqual({ ...numbersOn(before), [last.compute]: last.number });
  }));
});

test('the plan has as many instances on each compute of ours as are wanted there, moves none, and planned again is the same', () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
    let wish = INSTALLED;
    let plan = planDeployment([wish], { services: [], nextAgent: 0 });
    for (const one of changes) {
      const had = new Map(instancesOf(plan, 's').map((i) => [i.agent, i]));
      wish = changed(wish, one);
      plan = planDeployment([wish], plan);
      const has = instancesOf(plan, 's');
      for (const [compute, number] of Object.entries(ownNumbers(wish))) expect(has.filter((i) => (i.compute ?? 'host') === compute)).toHaveLength(number);
      expect(new Set(has.map((i) => i.instance)).size).toBe(has.length);
      for (const i of has) expect(had.get(i.agent) ?? i).toEqual(i);
      expect(planDeployment([wish], plan)).toEqual(plan);
    }
  }));
});
