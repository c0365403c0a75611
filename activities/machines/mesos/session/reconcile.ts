import { setTimeout as delay } from 'node:timers/promises';
import type { Subscription } from '../client/subscribe';
import type { Session } from './session';

const FIRST_PAUSE_MS = 1_000;
/** In all, longer than a master waits for agents after it was started anew: ten minutes. */
const TIMES = 10;

export interface Reconciliation {
  /** Asks what became of everything that may run; where that is nothing, what there is. */
  begin(on: Subscription): Promise<void>;
  /** Something was said of this task, in whatever way. */
  heard(task: string): void;
}

/**
 * Asks Mesos for the state of all tasks that it may have, each until something was said of it: twice as long between two
 * questions each time, and not for ever. Of some nothing is ever said, such as those on agents that do not come back.
 */
export function openReconciliation(session: Session, signal: AbortSignal): Reconciliation {
  const open = new Map<string, string>();
  const again = async (on: Subscription) => {
    for (let times = 1; times < TIMES; times += 1) {
      await delay(FIRST_PAUSE_MS * 2 ** (times - 1), undefined, { signal });
      if (session.on !== on || open.size === 0) return;
      await ask(on);
    }
  };
  const ask = (on: Subscription) => on.call({ type: 'RECONCILE', reconcile: { tasks: [...open].map(([task, agent]) => ({ task_id: { value: task }, agent_id: { value: agent } })) } });
  return {
    async begin(on) {
      open.clear();
      for (const { task, at } of session.wishes.known) open.set(task, at.agent);
      await ask(on);
      if (open.size === 0) return;
      void again(on).catch(() => undefined);
    },
    heard: (task) => void open.delete(task),
  };
}
