import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { isProblem } from '../../model/errors';
import { PLANNER_ID } from '../../model/ids';
import { SUMMARY } from '../../model/messages';
import { raise } from '../../model/raise';
import { keyIdOf, unknownKey } from './encrypting_codec';
import type { CodecKey } from './keys';

/** So long a grid that has written nothing yet is taken for one. */
const EMPTY_MS = 1_000;
const AGAIN_MS = 1_000;
/** gRPC status code. */
const NOT_FOUND = 5;

export interface Admission {
  workflowService: Pick<Connection['workflowService'], 'describeWorkflowExecution'>;
  namespace: string;
  keys: readonly CodecKey[];
}

/**
 * Whoever writes with another key than the rest of the grid, or with none, would stop each workflow that he tells something:
 * so it is compared first, once, with what the deployment planner said last, which every grid has.
 * @returns what throws Problem 503 `codec_key_unknown`, and whatever keeps Temporal from answering
 */
export function admission({ workflowService, namespace, keys }: Admission): () => Promise<void> {
  let until = -Infinity;
  return async () => {
    if (Date.now() < until) return;
    until = (await look(workflowService, namespace, keys)) ? Infinity : Date.now() + EMPTY_MS;
  };
}

/** False where there is nothing to compare with. */
async function look(service: Admission['workflowService'], namespace: string, keys: readonly CodecKey[]): Promise<boolean> {
  try {
    const { workflowExecutionInfo } = await service.describeWorkflowExecution({ namespace, execution: { workflowId: PLANNER_ID } });
    const said = workflowExecutionInfo?.memo?.fields?.[SUMMARY];
    const id = said && keyIdOf(said);
    if (id !== undefined && !keys.some((one) => one.id === id)) raise(unknownKey(id, keys));
    return said !== undefined;
  } catch (error) {
    if ((error as { code?: number }).code === NOT_FOUND) return false;
    throw error;
  }
}

/** Waits until Temporal answers; then as {@link admission}. @throws Problem 503 `codec_key_unknown` */
export async function untilAdmitted(of: Admission, signal: AbortSignal): Promise<void> {
  const admitted = admission(of);
  while (!signal.aborted) {
    try {
      return await admitted();
    } catch (error) {
      if (isProblem(error)) throw error;
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
