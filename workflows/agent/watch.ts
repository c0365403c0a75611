import { CancellationScope, condition, proxyActivities } from '@temporalio/workflow';
import { agentQueue, type AgentActivities } from '../../model/services/agent_protocol';
import { now } from '../lifecycle/run';
import type { AgentRun } from './agent_run';
import { endSilence } from './silence';

/** Bounded, so that a watch ends now and then by itself. */
const WATCH_FOR = '12h';

/**
 * As long as an agent lives its `watch` beats; when the beats stop for the agent's timeout, this is told. Goes on where
 * an earlier run left off.
 */
export async function keepWatch(run: AgentRun): Promise<void> {
  const { state } = run;
  while (!state.over) {
    await condition(() => (state.hello !== null && !state.terminate && state.silence?.verdict !== 'lost') || state.over === true);
    if (state.over) return;
    const { boot } = state.hello!;
    if (!state.silence) await untilSilent(run);
    state.lastSeenAt = now();
    const sameProcess = state.hello !== null && state.hello.boot === boot;
    if (sameProcess && !state.terminate) await endSilence(run, boot);
  }
}

/** Resolves when the watch ended, however it did. */
async function untilSilent(run: AgentRun): Promise<void> {
  const { number, timeoutMs } = run.state;
  const { watch } = proxyActivities<AgentActivities>({
    taskQueue: agentQueue(number), summary: `watch agent ${number}`,
    scheduleToStartTimeout: timeoutMs, startToCloseTimeout: WATCH_FOR, heartbeatTimeout: timeoutMs,
    cancellationType: 'TRY_CANCEL', retry: { maximumAttempts: 1 },
  });
  run.watching = new CancellationScope({ cancellable: true });
  await run.watching.run(() => watch()).catch(() => undefined);
  run.watching = null;
}
