import { proxyActivities, uuid4 } from '@temporalio/workflow';
import { agentQueue, type AgentActivities } from '../../model/services/agent_protocol';

/** Agents that do not come to take it are noticed by their silence; this only bounds what that overlooks. */
const TAKEN_WITHIN = '10m';
const HEARTBEAT_TIMEOUT = '3s';

/**
 * Activities of one agent; tried again when its process was restarted meanwhile. One that was called off may still be
 * pending when its step begins again, so ids are the step's and something more.
 */
export const onAgent = (agent: number, options: { summary: string; step: string; timeoutMs: number }): AgentActivities =>
  proxyActivities<AgentActivities>({
    taskQueue: agentQueue(agent), summary: options.summary, activityId: `${options.step}#${uuid4().slice(0, 8)}`,
    scheduleToStartTimeout: TAKEN_WITHIN, startToCloseTimeout: options.timeoutMs, heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 5 },
  });
