import { defineUpdate, setHandler } from '@temporalio/workflow';
import { newCapacity, putDefaults, viewCapacityDetail, type CapacityState, type RuleTimes } from '../../model/services/capacity_state';
import { carriedHistory, isFull, record } from '../../model/services/history';
import { putRule } from '../../model/services/put_rule';
import { VERBS_OF } from '../../model/verbs';
import { answerTasks } from '../lifecycle/answer_tasks';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { waitUntil } from '../lifecycle/wait';
import type { CapacityRun } from './capacity_run';
import { handleLooks } from './handle_looks';
import { handleTasks } from './handle_tasks';

/**
 * The memory of the capacity planner (SG-19): the rules, when each last scaled, and what it would do now. Its eyes are
 * the short runs of {@link capacityPlanner}.
 */
export async function capacityRules(input: CapacityState | Record<string, never>): Promise<void> {
  const state = 'v' in input ? (input as CapacityState) : newCapacity(now());
  const run: CapacityRun = {
    ...openRun(state, viewCapacityDetail, () => inNextRun<typeof capacityRules>({ ...state, history: carriedHistory(state.history) })),
    full: () => isFull(state.history),
  };
  handleVerbs(run, VERBS_OF.capacity);
  handleTasks(run);
  handleLooks(run);
  setHandler(defineUpdate<void, [RuleTimes]>('put_defaults'), (defaults) => putDefaults(state, defaults));
  answerDocument(() => state);
  answerTasks('tasks', () => state.history);
  for (;;) {
    publish(run);
    await waitUntil(run, () => state.pending.length > 0 && !state.paused);
    const task = state.pending.shift()!;
    putRule(state, task, now());
    record(state.history, task);
  }
}
