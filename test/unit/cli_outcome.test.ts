import { outcomeOf, type Goal } from '../../cli/outcome';
import type { Shown } from '../../cli/wire';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import { beginOperation, endOperation, enter, setCondition } from '../../model/lifecycle';
import { at, blockedAtConfigure, lastKnown, lostANode, newReference, perform, reachedReady, shown } from '../support/cli_documents';

const destroyed = () => {
  const state = reachedReady();
  beginOperation(state, 'destroy', CLUSTER_OPERATIONS.destroy, at(90));
  enter(state, 'destroyed', at(91));
  endOperation(state, 'done', at(91));
  return shown(state);
};
const paused = () => {
  const state = newReference();
  perform(state, 'place');
  state.paused = true;
  setCondition(state, 'Paused', 'asked_for', '', at(1));
  return state;
};

test.each<[string, Goal, Shown, number | undefined, string | undefined]>([
  ['a launch that goes on', 'ready', shown(newReference()), undefined, undefined],
  ['a launch that is ready', 'ready', shown(reachedReady()), 0, 'reached'],
  ['a blocked launch', 'ready', shown(blockedAtConfigure()), 3, 'blocked'],
  ['a launch held by pause', 'ready', shown(paused()), 3, 'paused'],
  ['a launch that somebody took down', 'ready', destroyed(), 1, 'missed'],
  ['ready, but a node is lost', 'ready', shown(lostANode()), 3, 'degraded'],
  ['an operation that is done', 'done', shown(reachedReady()), 0, 'reached'],
  ['a destroy that is done', 'destroyed', destroyed(), 0, 'reached'],
  ['a pause that holds', 'paused', shown(paused()), 0, 'reached'],
  ['an abort that took a launch down', 'over', destroyed(), 0, 'reached'],
  ['watching something blocked', 'end', shown(blockedAtConfigure()), undefined, undefined],
  ['watching something ready', 'end', shown(reachedReady()), 0, 'reached'],
  ['watching something destroyed', 'end', destroyed(), 0, 'reached'],
])('%s (waiting for %s)', (_what, goal, life, exit, is) => {
  expect(outcomeOf(life, goal)).toEqual(exit === undefined ? undefined : { exit, is });
});

test('what was blocked before the command does not count as its outcome', () => {
  const life = shown(blockedAtConfigure());
  expect(outcomeOf(life, 'done', life.revision)).toBeUndefined();
  expect(outcomeOf({ ...life, revision: life.revision + 1 }, 'done', life.revision)).toMatchObject({ is: 'blocked' });
});

test('a cluster that was idle before the command is not its outcome either', () => {
  const life = shown(reachedReady());
  expect(outcomeOf(life, 'done', life.revision)).toBeUndefined();
});

test('a step blocked by a launch does not end the wait for its destroy, one blocked in the destroy does', () => {
  const life = shown(blockedAtConfigure());
  expect(outcomeOf(life, 'destroyed')).toBeUndefined();
  expect(outcomeOf(life, 'over')).toBeUndefined();
  expect(outcomeOf({ ...life, operation: { kind: 'destroy', startedAt: at(3) } }, 'destroyed')).toEqual({ exit: 3, is: 'blocked' });
});

test('a scale that somebody aborted was not done', () => {
  const state = reachedReady();
  beginOperation(state, 'scale', CLUSTER_OPERATIONS.scale, at(10));
  endOperation(state, 'aborted', at(11));
  expect(outcomeOf(shown(state), 'done')).toEqual({ exit: 1, is: 'missed' });
});

test.each<Goal>(['ready', 'done', 'over', 'destroyed', 'paused', 'end'])('the last known state while no worker runs decides nothing (%s)', (goal) => {
  expect(outcomeOf(lastKnown(reachedReady()), goal)).toBeUndefined();
  expect(outcomeOf(lastKnown(blockedAtConfigure()), goal)).toBeUndefined();
});
