import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { agentId } from '../../model/ids';
import type { Hello } from '../../model/services/agent_protocol';
import type { ClientSoon } from './agent';

const ANSWER_LIMIT_MS = 5_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Nobody has this agent any more: its machine will be stopped. */
const UNKNOWN_PAUSE_MS = 30_000;

/** Says that this agent works, until it is taken or the agent ends. */
export async function sayHello(soon: ClientSoon, hello: Hello, ending: AbortSignal): Promise<void> {
  const client = await soon;
  for (let pauseMs = FIRST_PAUSE_MS; !ending.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await client.withDeadline(Date.now() + ANSWER_LIMIT_MS, () => client.workflow.getHandle(agentId(hello.agent)).signal<[Hello]>('hello', hello));
      return console.log(`agent ${hello.agent} is known to the grid`);
    } catch (error) {
      const isUnknown = error instanceof WorkflowNotFoundError;
      console.log(`agent ${hello.agent} ${isUnknown ? 'is not known to the grid' : `cannot say hello: ${(error as Error).message}`}`);
      if (isUnknown) pauseMs = UNKNOWN_PAUSE_MS;
    }
    await delay(pauseMs, undefined, { signal: ending }).catch(() => {});
  }
}
