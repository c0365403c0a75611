import { randomUUID } from 'node:crypto';
import { callId } from '../../model/ids';
import type { MachineAsked, MachineCall, MachineCallResult } from '../../model/messages';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';
import { firstSummary, startOptions } from './start';

/** A worker may have to be found first. */
const MARGIN_MS = 5_000;

type ResultOf<C extends MachineAsked> = Extract<MachineCallResult, { op: C['op'] }>;

/**
 * One command on machines, answered. When the caller goes away it is called off; when nobody answers in time it ends
 * unanswered: it is not carried out later behind the caller's back.
 * @param timeoutMs what the command itself may take
 * @throws Problem of the command, or an error that means 503
 */
export async function callMachines<C extends MachineAsked>(grid: Grid, asked: C, timeoutMs: number, signal?: AbortSignal): Promise<ResultOf<C>> {
  const { caller } = grid;
  const call: MachineCall = caller.role === 'admin' ? asked : { ...asked, caller };
  const id = callId(randomUUID());
  const summary = firstSummary({ id, kind: 'call', owner: caller.owner, state: 'running', detail: { op: call.op } });
  const options = { ...startOptions(summary, call.op.startsWith('plan_') ? 'plan of a command' : `${call.op} on machines`), args: [call], workflowExecutionTimeout: timeoutMs + MARGIN_MS };
  return within(grid, timeoutMs + MARGIN_MS, async () => {
    const handle = await grid.client.workflow.start('machineCall', options);
    const callOff = () => void grid.client.withDeadline(Date.now() + MARGIN_MS, () => handle.cancel()).catch(() => undefined);
    signal?.addEventListener('abort', callOff, { once: true });
    if (signal?.aborted) callOff();
    try {
      return (await handle.result()) as ResultOf<C>;
    } finally {
      signal?.removeEventListener('abort', callOff);
    }
  });
}
