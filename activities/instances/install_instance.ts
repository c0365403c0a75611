import type { InstanceSpec } from '../../model/services/agent_protocol';
import { installSteps } from './install_steps';
import { keyText } from './instance_directory';
import { isSameSpec, newState } from './instance_state';
import { removeInstance } from './remove_instance';
import { enter, find, type Shelf } from './shelf';
import { stopInstance } from './stop_instance';

/** See `AgentActivities.installInstance`. What it replaces is stopped first. */
export async function installInstance(shelf: Shelf, spec: InstanceSpec, signal: AbortSignal): Promise<string> {
  const found = (await find(shelf, spec))?.state;
  const isSame = found !== undefined && isSameSpec(found.spec, spec);
  if (found?.phase === 'removing') await removeInstance(shelf, spec, signal);
  else if (isSame && found.phase !== 'installing') return '';
  else if (found && !isSame) await stopInstance(shelf, spec, signal);
  const before = (await find(shelf, spec))?.state;
  const state = before && isSame ? { ...before, spec } : { ...newState(spec), files: before?.files ?? [] };
  shelf.known.set(keyText(spec), { state });
  const output = await installSteps(shelf.place, state, shelf.ask, signal);
  await enter(shelf, state, 'stopped');
  return output;
}
