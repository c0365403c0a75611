import fc from 'fast-check';
import { drop, forgetEnded, nothingKnown, take } from '../../model/events/known';
import type { Summary } from '../../model/lifecycle';

const LIVES = ['2026-11-30T00:00:00.000Z', '2026-11-30T00:01:00.000Z'] as const;
const change = (id: string, life: number, revision: number): Summary =>
  ({ id, kind: 'cluster', owner: 'test', state: 'ready', revision, conditions: [], createdAt: LIVES[life]!, updatedAt: LIVES[life]!, detail: {} });

test('in whatever order and however often news come, each is known as it was last, and no life that has ended', async () => {
  const changes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1), fc.nat(5)).map((of) => ({ is: 'change' as const, one: change(...of) })), { maxLength: 30 });
  const endings = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1)).map(([id, life]) => ({ is: 'ending' as const, one: change(id, life, 9) })), { maxLength: 4 });
  const news = fc.tuple(changes, endings).chain(([some, over]) => fc.shuffledSubarray([...some, ...some, ...over], { minLength: some.length * 2 + over.length }));
  fc.assert(fc.property(news, (all) => {
    const known = nothingKnown();
    for (const { is, one } of all) {
      if (is === 'change') take(known, [one]);
      else drop(known, [one], 0);
    }
    const isOver = ({ id, createdAt }: Summary) => all.some(({ is, one }) => is === 'ending' && one.id === id && one.createdAt >= createdAt);
    const newest = new Map<string, Summary>();
    for (const { is, one } of all) {
      const had = newest.get(one.id);
      if (is === 'change' && !isOver(one) && (!had || `${had.createdAt} ${had.revision}` <= `${one.createdAt} ${one.revision}`)) newest.set(one.id, one);
    }
    expect(new Map([...known.living].sort())).toEqual(new Map([...newest].sort()));
  }));
});

test('what ended long ago and is told of again lives again: somebody has set it back', () => {
  const known = nothingKnown();
  drop(known, [change('a', 0, 4)], 1_000);
  take(known, [change('a', 0, 3)]);
  expect(known.living.size).toBe(0);
  forgetEnded(known, 1_001);
  take(known, [change('a', 0, 3)]);
  expect([...known.living.keys()]).toEqual(['a']);
});
