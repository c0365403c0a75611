import fc from 'fast-check';
import { problem } from '../../model/errors';
import { beginOperation, blockStep, newLifecycle, setCondition, startAttempt, type Lifecycle } from '../../model/lifecycle';
import { allowedVerbs, refuseScale, refuseVerb } from '../../model/verbs';

const AT = '2026-01-01T00:00:00.000Z';
const PLAN = [{ name: 'place', retryable: true, skippable: false }, { name: 'configure', retryable: true, skippable: true }];

const ready = () => newLifecycle('cluster/u/p/1/1', 'cluster', 'u', 'ready', AT);
function running(): Lifecycle {
  const life = ready();
  beginOperation(life, 'launch', PLAN, AT);
  startAttempt(life, life.steps[0]!, undefined, AT);
  return life;
}
function blocked(step: number): Lifecycle {
  const life = running();
  startAttempt(life, life.steps[step]!, undefined, AT);
  blockStep(life, life.steps[step]!, problem(409, 'script_failed', 'it broke', 'mend it'), AT);
  return life;
}

test.each<[string, Lifecycle, string[]]>([
  ['an idle one can be paused, repaired, destroyed', ready(), ['pause', 'repair', 'destroy']],
  ['a running one can be paused, aborted, destroyed', running(), ['pause', 'abort', 'destroy']],
  ['one blocked at a step that may be skipped takes all that gets it on', blocked(1), ['retry', 'skip', 'pause', 'abort', 'repair', 'destroy']],
  ['one blocked at a step that may not be skipped cannot skip', blocked(0), ['retry', 'pause', 'abort', 'repair', 'destroy']],
  ['a destroyed one takes nothing', { ...ready(), state: 'destroyed' }, []],
])('%s', (_, life, verbs) => expect(allowedVerbs(life)).toEqual(verbs));

test('a paused one can be resumed and not paused again', () => {
  const life = { ...ready(), paused: true };
  expect(allowedVerbs(life)).toEqual(['resume', 'repair', 'destroy']);
});

test('one that is being destroyed cannot be destroyed, aborted or repaired', () => {
  const life = running();
  setCondition(life, 'Destroying', 'asked_for', '', AT);
  expect(allowedVerbs(life)).toEqual(['pause']);
});

test('a retry that names another step than the blocked one is refused with both names', () => {
  expect(refuseVerb(blocked(1), 'retry', { step: 'place' })).toMatchObject({ status: 409, code: 'other_step', message: expect.stringMatching(/place.*configure/) });
});

test('a second decision is refused while the first is on its way', () => {
  expect(refuseVerb({ ...blocked(1), decision: 'retry' }, 'skip', {})).toMatchObject({ code: 'already_decided' });
});

test('a scale is taken only while nothing else goes on', () => {
  expect(refuseScale(ready())).toBeUndefined();
  expect(refuseScale(running())).toMatchObject({ status: 409, code: 'busy' });
  expect(refuseScale({ ...ready(), state: 'destroyed' })).toMatchObject({ code: 'destroyed' });
});

test('every refusal says what to do', () => {
  fc.assert(
    fc.property(fc.constantFrom(ready(), running(), blocked(0), blocked(1)), fc.constantFrom('retry', 'skip', 'pause', 'resume', 'abort', 'repair', 'destroy'), (life, verb) => {
      const refusal = refuseVerb(life, verb, {});
      if (refusal) expect([refusal.status, refusal.fix.length > 0, refusal.message.includes(life.id)]).toEqual([409, true, true]);
    }),
  );
});
