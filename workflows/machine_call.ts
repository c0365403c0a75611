import type { MachineCall, MachineCallResult } from '../model/messages';
import { effects } from './lifecycle/effects';
import { fail, problemOf } from './lifecycle/fail';

const MARGIN_MS = 15_000;
const REMOVE_MS = 30_000;

/** One command on machines, or what a command would do, for the API: answered once, never repeated by us, since a command may not bear that. */
export async function machineCall(call: MachineCall): Promise<MachineCallResult> {
  const asked = call.op === 'exec' ? call.request.timeoutMs : call.op === 'logs' ? (call.request.waitMs ?? 0) : call.op === 'remove' ? REMOVE_MS : 0;
  const act = effects({ summary: `${call.op} ${'machine' in call ? call.machine : 'compute' in call ? call.compute : 'order' in call ? call.order.product : 'task' in call ? String(call.task.service_id) : 'machines'}`, timeoutMs: asked + MARGIN_MS, attempts: call.op === 'exec' ? 1 : 3 });
  try {
    return await act.callMachine(call);
  } catch (error) {
    throw fail(problemOf(error));
  }
}
