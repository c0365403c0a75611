import fc from 'fast-check';
import { problem } from '../../model/errors';
import { detailsPage } from '../../model/details_page';
import { beginOperation, blockStep, endOperation, endStep, enter, firstTime, hasCondition, newLifecycle, startAttempt, unblockStep } from '../../model/lifecycle';
import { summarise } from '../../model/summary';

const AT = '2026-01-01T00:00:00.000Z';
const PLAN = [{ name: 'configure', retryable: true, skippable: true, during: 'configuring', after: 'configured' }];
const fresh = () => newLifecycle('cluster/u/p/1/1', 'cluster', 'u', 'registered', AT);

test('a step brings its lifecycle into its words, and the timeline keeps each with its time', () => {
  const life = fresh();
  beginOperation(life, 'launch', PLAN, AT);
  startAttempt(life, life.steps[0]!, undefined, AT);
  startAttempt(life, life.steps[0]!, undefined, AT);
  endStep(life, life.steps[0]!, 'done', AT);
  expect(life.timeline.map((t) => t.state)).toEqual(['registered', 'configuring', 'configured']);
  expect(life.steps[0]).toMatchObject({ state: 'done', attempt: 2, startedAt: AT, endedAt: AT });
});

test('the undo is registered before the effect and only once', () => {
  const life = fresh();
  beginOperation(life, 'launch', PLAN, AT);
  startAttempt(life, life.steps[0]!, 'release', AT);
  startAttempt(life, life.steps[0]!, 'release', AT);
  expect(life.undo).toEqual([{ step: 'configure', undo: 'release' }]);
});

test('Blocked is true exactly while a step is blocked', () => {
  const life = fresh();
  beginOperation(life, 'launch', PLAN, AT);
  blockStep(life, life.steps[0]!, problem(409, 'script_failed', 'it ended with 3', 'mend it'), AT);
  expect(life.conditions).toMatchObject([{ type: 'Blocked', reason: 'script_failed', since: AT }]);
  unblockStep(life, life.steps[0]!);
  expect(hasCondition(life, 'Blocked')).toBe(false);
  blockStep(life, life.steps[0]!, problem(409, 'script_failed', 'again', 'mend it'), AT);
  endOperation(life, 'aborted', AT);
  expect(hasCondition(life, 'Blocked')).toBe(false);
});

test('a command id counts once, however often it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }), (ids) => {
      const life = fresh();
      expect(ids.filter((id) => firstTime(life, id)).length).toBe(new Set(ids).size);
    }),
  );
});

test('what is kept stays bounded, and the beginning of the timeline is never lost', () => {
  const life = fresh();
  for (let i = 0; i < 1000; i++) {
    enter(life, `state${i}`, AT);
    firstTime(life, `command${i}`);
    beginOperation(life, 'launch', PLAN, AT);
  }
  expect([life.timeline.length <= 200, life.seen.length <= 500, life.operations.length <= 20]).toEqual([true, true, true]);
  expect(life.timeline[0]!.state).toBe('registered');
});

test('a summary fits a memo, whatever the reason is', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 5000 }), (message) => {
      const life = { ...fresh(), createdAt: AT, updatedAt: AT };
      beginOperation(life, 'launch', PLAN, AT);
      blockStep(life, life.steps[0]!, problem(409, 'script_failed', message, 'mend it'), AT);
      expect(Buffer.byteLength(JSON.stringify(summarise(life, {})))).toBeLessThan(2048);
    }),
  );
});

test('the page for the Temporal UI shows the blocked step, its reason, the fix and the verbs', () => {
  const life = fresh();
  beginOperation(life, 'launch', PLAN, AT);
  blockStep(life, life.steps[0]!, problem(409, 'script_failed', 'a | b', 'mend it'), AT);
  const page = detailsPage(life);
  expect(page).toContain('| ■ configure | blocked | 0 | a \\| b |');
  expect(page).toContain('Fix: mend it');
  expect(page).toMatch(/`retry`.*`skip`.*`abort`/);
});
