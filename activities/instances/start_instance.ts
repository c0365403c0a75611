import type { InstanceSpec } from '../../model/services/agent_protocol';
import { opens } from '../opens';
import { ProblemError, throwProblem } from '../problem_error';
import { instanceDirectory, keyText } from './instance_directory';
import { isSameSpec, type InstanceState } from './instance_state';
import { performLogged } from './perform_action';
import { readInstance, type ReadInstance } from './read_instance';
import { checkPrograms } from './read_processes';
import { enter, find, keep, type Shelf } from './shelf';
import { stopInstance } from './stop_instance';

const PORT_LOOK_MS = 1_000;

/** See `AgentActivities.startInstance`. */
export async function startInstance(shelf: Shelf, spec: InstanceSpec, signal: AbortSignal): Promise<string> {
  // One that was not finished is, before it starts anew.
  if ((await installedState(shelf, spec)).phase === 'stopping') await stopInstance(shelf, spec, signal);
  const state = await installedState(shelf, spec);
  const instance = await readInstance(shelf.place, instanceDirectory(shelf.place, spec), state);
  const output = state.phase === 'started' ? '' : await begin(shelf, instance, signal);
  await untilWell(shelf, instance, signal);
  return output;
}

/** @throws ProblemError 409 `not_installed` where what is there is not this, whole */
export async function installedState(shelf: Shelf, spec: InstanceSpec): Promise<InstanceState> {
  const state = (await find(shelf, spec))?.state;
  if (state && isSameSpec(state.spec, spec) && state.phase !== 'installing' && state.phase !== 'removing') return state;
  return throwProblem(409, 'not_installed', `instance ${keyText(spec)}, generation ${spec.generation}, is not installed on its machine`, 'Install it first.');
}

/** Everything before its processes. From here on an agent that comes anew starts them by itself. */
async function begin(shelf: Shelf, instance: ReadInstance, signal: AbortSignal): Promise<string> {
  const { state, processes, packages } = instance;
  checkPrograms(state.spec, processes, packages);
  await refuseTakenPorts(shelf, instance);
  const { output } = await performLogged(shelf.place, instance, 'start', signal);
  await enter(shelf, state, 'started');
  return output;
}

async function refuseTakenPorts({ place }: Shelf, { state, processes }: ReadInstance): Promise<void> {
  for (const port of processes.flatMap((plan) => plan.ports)) {
    if (!(await opens(place.address, port, PORT_LOOK_MS))) continue;
    throwProblem(409, 'port_taken', `instance ${keyText(state.spec)}: something else listens on ${place.address}:${port} already`,
      'End it, or give the instance another port; then retry.', { field: 'ports', evidence: String(port) });
  }
}

/** One that never worked is not left trying beside a step that waits for a person. */
async function untilWell(shelf: Shelf, instance: ReadInstance, signal: AbortSignal): Promise<void> {
  const { state } = instance;
  const isNew = !state.done.includes('start');
  try {
    const kept = await keep(shelf, instance, false, signal);
    await kept.untilWell({ strict: isNew }, signal);
  } catch (error) {
    if (isNew && error instanceof ProblemError) await stopInstance(shelf, state.spec, signal);
    throw error;
  }
  if (!isNew) return;
  state.done.push('start');
  await enter(shelf, state, 'started');
}
