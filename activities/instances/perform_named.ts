import { getList } from '../../model/hrd/get';
import type { InstanceSpec, PhaseResult } from '../../model/services/agent_protocol';
import { throwProblem } from '../problem_error';
import { instanceDirectory, keyText } from './instance_directory';
import { NODE_OPERATIONS } from './node_operations';
import { performLogged } from './perform_action';
import { readInstance } from './read_instance';
import { installedState } from './start_instance';
import type { Shelf } from './shelf';

/** See `AgentActivities.performAction`. @throws ProblemError 409 `not_installed`, 404 `no_action` with those that there are */
export async function performNamed(shelf: Shelf, spec: InstanceSpec, call: { action: string; args: Record<string, string> }, signal: AbortSignal): Promise<PhaseResult & { result?: unknown }> {
  const state = await installedState(shelf, spec);
  const instance = await readInstance(shelf.place, instanceDirectory(shelf.place, spec), state);
  const operation = NODE_OPERATIONS[call.action];
  if (operation && !state.actions.includes(call.action) && getList(instance.hrd, 'service.offers', []).includes(call.action)) return operation(shelf.place, instance, call.args, signal);
  if (!state.actions.includes(call.action)) {
    throwProblem(404, 'no_action', `instance ${keyText(spec)} has no action ${call.action.slice(0, 60)}`,
      state.actions.length > 0 ? `It has ${state.actions.join(', ')}.` : 'It has no actions file.', { field: 'action' });
  }
  return performLogged(shelf.place, instance, call.action, signal, call.args);
}
