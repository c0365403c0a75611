import { defineSignal, setHandler } from '@temporalio/workflow';
import { clearCondition, enter, setCondition } from '../../model/lifecycle';
import { noteFound, noteLaunching, noteTaskNews } from '../../model/mesos/framework_state';
import type { FoundTask, Launching, MasterReach, TaskNews } from '../../model/mesos/messages';
import { publishSoon } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { FrameworkRun } from './framework_run';

/** What the subscribed worker tells: where tasks will be, what became of them, which are there, and whether a master is there. */
export function handleNews(run: FrameworkRun): void {
  const { state } = run;
  setHandler(defineSignal<[Launching]>('launching'), (launching) => noteLaunching(state, launching));
  setHandler(defineSignal<[TaskNews[]]>('news'), (news) => {
    noteTaskNews(state, news, now());
    publishSoon(run);
  });
  setHandler(defineSignal<[FoundTask[]]>('found'), (found) => {
    noteFound(state, found);
    publishSoon(run);
  });
  setHandler(defineSignal<[MasterReach]>('reached'), ({ problem, master }) => {
    if (problem) setCondition(state, 'Unreachable', problem.code, problem.message, now());
    else clearCondition(state, 'Unreachable');
    if (!problem) {
      state.master = master ?? '';
      enter(state, 'subscribed', now());
    }
    publishSoon(run);
  });
}
