import { setTimeout as delay } from 'node:timers/promises';
import type { TaskStatus } from '../../../../model/mesos/protocol';
import type { Subscription } from '../client/subscribe';
import type { Session } from './session';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 600_000;
/** In all, longer than a master waits for agents after it was started anew: ten minutes. */
const TIMES = 10;

export interface Reconciliation {
  /** Asks what became of everything that may run; where that is nothing, what there is. */
  begin(on: Subscription): Promise<void>;
  /** The same of these alone: another worker was about to launch them when this one came in its place. */
  also(on: Subscription, tasks: Session['wishes']['known']): Promise<void>;
  /** Something was said of a task, in whatever way. */
  heard(status: TaskStatus, on: Subscription): void;
}

/**
 * Asks Mesos for the state of all tasks that it may have, each until something was said of it: twice as long between two
 * questions each time, and not for ever. Of some nothing is ever said, such as those on agents that do not come back.
 * Of those that are waited for while they cannot be reached it is asked as long as that is so: when an operator gives up
 * their agent Mesos says it to whoever asks, and to nobody else.
 */
export function openReconciliation(session: Session, signal: AbortSignal): Reconciliation {
  const open = openQuestions(session, signal, TIMES);
  const away = openQuestions(session, signal, Infinity);
  const add = (tasks: Session['wishes']['known']) => tasks.forEach(({ task, at }) => open.tasks.set(task, at.agent));
  return {
    async begin(on) {
      open.tasks.clear();
      away.tasks.clear();
      add(session.wishes.known);
      await ask(on, open.tasks);
      open.keepAsking(on);
    },
    async also(on, tasks) {
      add(tasks);
      await ask(on, open.tasks);
      open.keepAsking(on);
    },
    heard({ task_id: { value: task }, agent_id, state }, on) {
      open.tasks.delete(task);
      if (state !== 'TASK_UNREACHABLE' || !agent_id || session.cluster.partition !== 'wait') return void away.tasks.delete(task);
      away.tasks.set(task, agent_id.value);
      away.keepAsking(on);
    },
  };
}

const ask = (on: Subscription, tasks: ReadonlyMap<string, string>): Promise<void> =>
  on.call({ type: 'RECONCILE', reconcile: { tasks: [...tasks].map(([task, agent]) => ({ task_id: { value: task }, agent_id: { value: agent } })) } });

/** Tasks, by their agents, for which it is asked so often at most, as long as there are any. */
function openQuestions(session: Session, signal: AbortSignal, times: number) {
  const tasks = new Map<string, string>();
  let asked: Subscription | undefined;
  const again = async (on: Subscription) => {
    for (let time = 0; time < times && tasks.size > 0; time += 1) {
      await delay(Math.min(FIRST_PAUSE_MS * 2 ** time, LONGEST_PAUSE_MS), undefined, { signal });
      if (session.on !== on) return;
      for (const task of tasks.keys()) if (!session.known.has(task)) tasks.delete(task);
      if (tasks.size > 0) await ask(on, tasks);
    }
  };
  return {
    tasks,
    /** Once for each subscription; when that is over the next one begins anew. */
    keepAsking(on: Subscription) {
      if (asked === on) return;
      asked = on;
      void again(on).catch(() => undefined).finally(() => { if (asked === on) asked = undefined; });
    },
  };
}
