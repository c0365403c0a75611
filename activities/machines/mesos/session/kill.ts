import type { Session } from './session';

/** A kill that an agent never heard of is said again, less and less often: some agents never come back. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;

/** Ends what shall end. */
export async function kill({ on, wishes, killedAt }: Session, now: number): Promise<void> {
  for (const { task, agent, graceMs } of wishes.kill) {
    const { at, pauseMs } = killedAt.get(task) ?? { at: 0, pauseMs: FIRST_PAUSE_MS / 2 };
    if (now - at < pauseMs) continue;
    killedAt.set(task, { at: now, pauseMs: Math.min(pauseMs * 2, LONGEST_PAUSE_MS) });
    await on!.call({ type: 'KILL', kill: { task_id: { value: task }, ...(agent ? { agent_id: { value: agent } } : {}), kill_policy: { grace_period: { nanoseconds: graceMs * 1e6 } } } });
  }
}
