import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { AgentBeat } from '../../model/services/agent_protocol';
import { within } from '../within';
import type { Agent } from './agent';

/** So many beats fit into the silence that is noticed; more would only cost. */
const BEATS_IN_TIMEOUT = 10;
const SHORTEST_BEAT_MS = 250;
const LONGEST_BEAT_MS = 3_000;

/** Beats with all that the agent sees, until it is told to end or nobody listens any more. */
export const watch = ({ hello, instances, ending }: Agent) => async (): Promise<void> => {
  const context = Context.current();
  const everyMs = Math.min(LONGEST_BEAT_MS, Math.max(SHORTEST_BEAT_MS, (context.info.heartbeatTimeoutMs ?? Infinity) / BEATS_IN_TIMEOUT));
  const end = new Promise<void>((resolve) => { ending.addEventListener('abort', () => resolve(), { once: true }); });
  while (!ending.aborted) {
    context.heartbeat({ boot: hello.boot, at: new Date().toISOString(), instances: instances.list() } satisfies AgentBeat);
    await within(end, everyMs, context.cancellationSignal);
    if (!ending.aborted) context.cancellationSignal.throwIfAborted();
  }
  throw ApplicationFailure.create({ type: 'AgentShutdown', message: `agent ${hello.agent} was told to end`, nonRetryable: true });
};
