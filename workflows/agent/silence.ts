import { CancellationScope, condition, proxyActivities } from '@temporalio/workflow';
import { setCondition } from '../../model/lifecycle';
import { agentQueue, type AgentActivities, type Hello } from '../../model/services/agent_protocol';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { AgentRun } from './agent_run';
import { backAgain } from './back_again';
import { tellPlanner } from './tell_planner';

const SHORTEST_PROBE_MS = 1_000;
const LONGEST_PROBE_MS = 10_000;
const SUSPECT_PROBE_MS = 3_600_000;

/**
 * An agent fell silent. It may only be us who were away: so it is asked once more, and only when that is not answered
 * either, the planner is asked whether it is lost. Ends when it is back, or its machine is to be replaced.
 */
export async function endSilence(run: AgentRun, boot: string): Promise<void> {
  const { state } = run;
  if (!state.silence) {
    state.silence = { since: now(), verdict: 'asked' };
    setCondition(state, 'Unreachable', 'silent', `agent ${state.number} is silent for ${state.timeoutMs} ms`, now());
    publish(run);
  }
  const over = () => state.silence === null || state.silence.verdict === 'lost' || state.terminate || state.hello?.boot !== boot;
  if (await answers(run, boot, probeMs(state.timeoutMs), over)) return backAgain(run);
  if (over()) return;
  await tellPlanner(run, 'agentSilent');
  await condition(() => over() || state.silence?.verdict === 'suspect');
  while (!over()) {
    setCondition(state, 'Unreachable', 'suspect_ourselves', `agent ${state.number} is silent with more than half of all: nothing is replaced until they are back, or somebody says repair`, now());
    publish(run);
    if (await answers(run, boot, SUSPECT_PROBE_MS, over)) return backAgain(run);
  }
  if (state.silence?.verdict === 'lost') setCondition(state, 'Unreachable', 'lost', `agent ${state.number} does not answer any more`, now());
}

const probeMs = (timeoutMs: number) => Math.min(LONGEST_PROBE_MS, Math.max(SHORTEST_PROBE_MS, timeoutMs / 3));

/** True when the very process that was known answers in time. */
async function answers(run: AgentRun, boot: string, withinMs: number, over: () => boolean): Promise<boolean> {
  const { probe } = proxyActivities<AgentActivities>({
    taskQueue: agentQueue(run.state.number), summary: `does agent ${run.state.number} work?`,
    scheduleToStartTimeout: withinMs, startToCloseTimeout: SHORTEST_PROBE_MS, cancellationType: 'TRY_CANCEL', retry: { maximumAttempts: 1 },
  });
  const scope = new CancellationScope({ cancellable: true });
  const asked = scope.run(() => probe()).catch(() => null);
  const hello = await Promise.race([asked, condition(over).then(() => null as Hello | null)]);
  scope.cancel();
  return hello?.boot === boot && !over();
}
