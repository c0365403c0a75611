import { array, assert, integer, property, record } from 'fast-check';
import { changeIdOf, parseChangeId } from '../../model/events/change_id';
import { beginning, cursorOf, deliver, deliveredIn, isMissed, LATEST_MS, MAX_LATELY, type Delivered } from '../../model/events/delivered';
import type { Summary } from '../../model/lifecycle';
import { isWholeId } from '../../model/whole_id';

const T0 = Date.parse('2026-11-21T12:00:00.000Z');
const change = (id: string, revision: number, at: number, createdAt = T0): Summary => ({
  id, kind: 'cluster', owner: 'test', state: 'ready', revision, conditions: [], createdAt: new Date(createdAt).toISOString(), updatedAt: new Date(at).toISOString(), detail: {},
});

describe('ids of the changes of one lifecycle', () => {
  it('are read back, and nothing else is taken for one', () => {
    expect(parseChangeId(changeIdOf(change('a', 7, T0)))).toEqual({ life: T0.toString(36), revision: 7 });
    for (const none of [undefined, '', '7', 'x-', '-7', 'a-b', 'a-7-8', "a-7'", `a-${'9'.repeat(16)}`]) expect(parseChangeId(none)).toBeUndefined();
  });

  it('differ between two lives of one id', () => {
    expect(changeIdOf(change('a', 7, T0))).not.toBe(changeIdOf(change('a', 7, T0 + 5_000, T0 + 5_000)));
  });
});

describe('where a reader of everything is', () => {
  const steps = array(record({ id: integer({ min: 0, max: 5 }), afterMs: integer({ min: 0, max: 4_000 }), lagMs: integer({ min: 0, max: LATEST_MS - 1 }) }), { minLength: 1, maxLength: 60 });
  const looks = array(integer({ min: 100, max: 3_000 }), { minLength: 5, maxLength: 80 });

  it('he is told every change exactly once and each lifecycle in order, wherever he breaks off and whatever is found late', () => {
    assert(property(steps, looks, (published, pauses) => {
      let at = T0;
      const counts = new Map<number, number>();
      const world = published.map(({ id, afterMs, lagMs }) => {
        at += afterMs;
        counts.set(id, (counts.get(id) ?? 1) + 1);
        return { change: change(`cluster/${id}`, counts.get(id)!, at), seenAt: at + lagMs };
      });
      const told: string[] = [];
      let delivered = beginning(T0);
      const look = (now: number) => {
        const seen = new Set(world.filter(({ seenAt }) => seenAt <= now).map(({ change: { id } }) => id));
        // What is found of a lifecycle at all is found with all that it published up to then.
        const news = world.map((one) => one.change).filter((one) => seen.has(one.id) && Date.parse(one.updatedAt) <= now && isMissed(delivered, one));
        for (const one of news) if (deliver(delivered, one)) told.push(`${one.id} ${one.revision}`);
        // Another process takes up from the text alone.
        delivered = deliveredIn(cursorOf(delivered))!;
      };
      let now = T0;
      for (const pause of pauses) look((now += pause));
      for (const end = Math.max(now, at) + LATEST_MS + 5_000; now < end; ) look((now += 2_000));
      expect([...told].sort()).toEqual(world.map(({ change: { id, revision } }) => `${id} ${revision}`).sort());
      for (const id of new Set(world.map(({ change: one }) => one.id))) {
        const mine = told.filter((one) => one.startsWith(`${id} `)).map((one) => Number(one.split(' ')[1]));
        expect(mine).toEqual([...mine].sort((a, b) => a - b));
      }
    }), { numRuns: 200 });
  });

  it('is text of a length that a header takes, and of too many changes it says that it does not know', () => {
    const delivered = beginning(T0);
    for (let n = 0; n < MAX_LATELY; n++) deliver(delivered, change(`cluster/${n}`, 1_000 + n, T0 + n));
    const cursor = cursorOf(delivered);
    expect(cursor.length).toBeLessThan(8_000);
    expect(deliveredIn(cursor)).toEqual(delivered);
    deliver(delivered, change('cluster/one-more', 1, T0 + 500));
    expect(deliveredIn(cursorOf(delivered))).toBeUndefined();
  });

  it('nothing else is taken for it', () => {
    for (const none of [undefined, '', 'x', 'abc.def', `${T0.toString(36)}.nonsense`, `${T0.toString(36)}.`, '../../etc/passwd', 'a'.repeat(10_000)]) expect(deliveredIn(none)).toBeUndefined();
  });

  it('two lives of one id are told apart', () => {
    const delivered: Delivered = beginning(T0);
    deliver(delivered, change('service/web', 40, T0));
    expect(isMissed(delivered, change('service/web', 2, T0 + 1_000, T0 + 900))).toBe(true);
  });
});

describe('ids of whole lifecycles', () => {
  it.each(['compute/host', 'product/a/1', 'cluster/u/p/1/2', 'service/events', 'instance/web/0', 'instance/a__b__c/d__e__f', 'agent/3', 'services/deployment_planner', 'environment/model', 'run/x', 'launch/x'])('%s', (id) => expect(isWholeId(id)).toBe(true));
  it.each(['service', 'product/a', 'cluster/u/p/1', 'instance/web', 'nothing/at', 'grid/members', ''])('not %s', (id) => expect(isWholeId(id)).toBe(false));
});
