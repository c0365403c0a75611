import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { computeId, frameworkId } from '../../../../model/ids';
import type { Reach } from '../../../../model/messages';
import type { FoundTask, Launching, MasterReach, Offered, TaskNews, Wishes } from '../../../../model/mesos/messages';

/** What the framework's and the compute's workflows are told by whoever is subscribed, and what they want. */
export interface Link {
  launching(tasks: Launching): Promise<void>;
  news(news: TaskNews[]): Promise<void>;
  found(tasks: FoundTask[]): Promise<void>;
  offered(offered: Offered): Promise<void>;
  reach(reach: MasterReach): Promise<void>;
  wishes(): Promise<Wishes>;
  /** Resolves when something else is wanted than was known by this number. */
  changed(known: number): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Each is said until it was heard, or the signal is aborted: while Temporal is away nothing is acknowledged to Mesos. */
export function openLink(client: Client, compute: string, session: string, signal: AbortSignal): Link {
  const framework = client.workflow.getHandle(frameworkId(compute));
  const place = client.workflow.getHandle(computeId(compute));
  const until = async <T>(say: () => Promise<T>): Promise<T> => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      signal.throwIfAborted();
      try {
        return await say();
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw error;
        await delay(pauseMs, undefined, { signal });
      }
    }
  };
  return {
    launching: (tasks) => until(() => framework.signal<[Launching]>('launching', tasks)),
    news: (news) => until(() => framework.signal<[TaskNews[]]>('news', news)),
    found: (tasks) => until(() => framework.signal<[FoundTask[]]>('found', tasks)),
    offered: (offered) => until(() => place.signal<[Offered]>('offered', offered)),
    reach: async (reach) => {
      await until(() => framework.signal<[MasterReach]>('reached', reach));
      await until(() => place.signal<[Reach]>('reach', { problem: reach.problem }));
    },
    wishes: () => until(() => framework.query<Wishes>('wishes')),
    changed: async (known) => void (await until(() => framework.executeUpdate<number, [{ known: number; session: string }]>('changed', { args: [{ known, session }] }))),
  };
}
