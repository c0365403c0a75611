import type { TaskNews } from '../../../../model/mesos/messages';
import type { TaskStatus } from '../../../../model/mesos/protocol';
import type { Subscription } from '../client/subscribe';
import { lastOutput } from '../agent/sandbox';
import type { Session } from './session';

/** More than fits into one signal with all that was printed. */
const AT_ONCE = 200;

export interface News {
  /** Never waits: what comes next is heard meanwhile. */
  take(status: TaskStatus, on: Subscription): void;
  /** Resolves when it fails for good. */
  failed: Promise<never>;
}

/**
 * Takes what Mesos says of tasks to the framework, all that came meanwhile in one piece and in order; acknowledged is what is
 * written down there, so that Mesos says the rest again to whoever comes after us.
 */
export function openNews(session: Session): News {
  const queue: { status: TaskStatus; on: Subscription }[] = [];
  let isTelling = false;
  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => { fail = reject; });
  const tell = async () => {
    while (queue.length > 0) {
      const some = queue.splice(0, AT_ONCE);
      await session.link.news(await Promise.all(some.map(({ status }) => newsOf(session, status))));
      for (const { status, on } of some) await acknowledge(session, status, on);
    }
  };
  return {
    failed,
    take(status, on) {
      queue.push({ status, on });
      if (isTelling) return;
      isTelling = true;
      tell().catch((error: unknown) => fail(error)).finally(() => { isTelling = false; });
    },
  };
}

const ENDS = /^TASK_(FINISHED|FAILED)$/;

async function newsOf(session: Session, { task_id: { value: task }, state, agent_id, reason, message, timestamp }: TaskStatus): Promise<TaskNews> {
  const at = session.agents.get(agent_id?.value ?? '') ?? session.wishes.known.find((one) => one.task === task)?.at;
  const printed = at && ENDS.test(state) ? await lastOutput(at, task) : undefined;
  return { task, state, ...(agent_id ? { agent: agent_id.value } : {}), ...(reason ? { reason } : {}), ...(message ? { message: message.slice(0, 1_000) } : {}), ...(timestamp === undefined ? {} : { timestamp }), ...(printed ? { lastOutput: printed } : {}) };
}

/** One that has no number is not repeated; of a subscription that is over the next one hears it again. */
async function acknowledge(session: Session, { uuid, agent_id, task_id }: TaskStatus, on: Subscription): Promise<void> {
  if (uuid === undefined || !agent_id || session.on !== on) return;
  await on.call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } }).catch(() => undefined);
}
