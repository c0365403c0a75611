import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Config } from '../../config';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

const RETRY_MS = 50;

/**
 * A connection to the server as soon as it answers.
 * @throws Problem `temporal_out_of_reach` when it does not within `withinMs`
 */
export async function connectWithin(options: Config['temporal']['connection'], withinMs: number, signal?: AbortSignal): Promise<Connection> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await Connection.connect({ ...options, connectTimeout: Math.max(deadline - Date.now(), RETRY_MS) });
    } catch (error) {
      signal?.throwIfAborted();
      if (Date.now() > deadline) raise(outOfReach(options.address, (error as Error).message));
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}

function outOfReach(address: string, why: string) {
  return problem(
    503,
    'temporal_out_of_reach',
    `the Temporal server at ${address} does not answer: ${why}`,
    'see that it runs and that TEMPORAL_ADDRESS and TEMPORAL_TLS… are right, or unset TEMPORAL_ADDRESS for the embedded server',
  );
}
