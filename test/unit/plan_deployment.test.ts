import fc from 'fast-check';
import { instancesOf, planDeployment } from '../../model/services/plan_deployment';
import type { Plan, Wish } from '../../model/services/wish';

const NOTHING: Plan = { services: [], nextAgent: 0 };
const wish = (service: string, planned: number): Wish => ({ service, displayName: service, planned, min: 0, max: 20, compute: 'host' });

/** Any course of wishes: at each step the services that are wanted, and how many instances of each. */
const course = fc.array(fc.uniqueArray(fc.record({ service: fc.constantFrom('a', 'b', 'c', 'd'), planned: fc.integer({ min: 0, max: 6 }) }), { selector: (w) => w.service, maxLength: 4 }), {
  minLength: 1, maxLength: 12,
});
const plansOf = (steps: { service: string; planned: number }[][]): { wishes: Wish[]; before: Plan; plan: Plan }[] => {
  let plan = NOTHING;
  return steps.map((step) => {
    const before = plan;
    const wishes = step.map((w) => wish(w.service, w.planned));
    plan = planDeployment(wishes, before);
    return { wishes, before, plan };
  });
};
const always = (holds: (step: { wishes: Wish[]; before: Plan; plan: Plan }) => void) =>
  fc.assert(fc.property(course, (steps) => plansOf(steps).forEach(holds)));

test('every service has exactly as many instances as are planned, numbered from 0', () => {
  always(({ wishes, plan }) => {
    for (const { service, planned } of wishes) expect(instancesOf(plan, service).map((i) => i.instance)).toEqual([...Array(planned).keys()]);
    expect(plan.services.map((s) => s.service)).toEqual(wishes.map((w) => w.service));
  });
});

test('an agent has one instance, and its number is never given twice', () => {
  fc.assert(fc.property(course, (steps) => {
    const given = new Map<number, string>();
    for (const { plan } of plansOf(steps)) {
      const agents = plan.services.flatMap((s) => s.instances.map((i) => [i.agent, `${s.service}/${i.instance}`] as const));
      expect(new Set(agents.map(([agent]) => agent)).size).toBe(agents.length);
      for (const [agent, instance] of agents) {
        expect(given.get(agent) ?? instance).toBe(instance);
        given.set(agent, instance);
        expect(agent).toBeLessThan(plan.nextAgent);
      }
    }
  }));
});

test('what stays is not moved, what goes is the highest, and no more is new than is missing', () => {
  always(({ wishes, before, plan }) => {
    for (const { service, planned } of wishes) {
      const had = instancesOf(before, service);
      const has = instancesOf(plan, service);
      expect(has.slice(0, Math.min(had.length, planned))).toEqual(had.slice(0, planned));
    }
    const added = plan.services.flatMap((s) => s.instances).filter((i) => i.agent >= before.nextAgent).length;
    expect(plan.nextAgent).toBe(before.nextAgent + added);
  });
});

test('planned again, nothing changes; the same wishes give the same plan', () => {
  always(({ wishes, before, plan }) => {
    expect(planDeployment(wishes, plan)).toEqual(plan);
    expect(planDeployment(wishes, before)).toEqual(plan);
  });
});
