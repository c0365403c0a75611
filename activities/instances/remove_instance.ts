import { rm } from 'node:fs/promises';
import { instanceDirectory, keyText, type InstanceKey } from './instance_directory';
import type { InstanceState } from './instance_state';
import { forgetRecipes } from './obtain_recipe';
import { performLogged } from './perform_action';
import { readInstance } from './read_instance';
import { enter, find, type Shelf } from './shelf';
import { stopInstance } from './stop_instance';

/** See `AgentActivities.removeInstance`. */
export async function removeInstance(shelf: Shelf, key: InstanceKey, signal: AbortSignal): Promise<string> {
  const stopped = await stopInstance(shelf, key, signal);
  const state = (await find(shelf, key))?.state;
  // What was never whole has nothing that its action could rely on.
  const output = state && state.phase !== 'installing' ? await uninstall(shelf, state, signal) : '';
  await rm(instanceDirectory(shelf.place, key).path, { recursive: true, force: true, maxRetries: 3 });
  shelf.known.delete(keyText(key));
  await forgetRecipes(shelf.place, [...shelf.known.values()].map((one) => one.state.spec.recipe.checksum));
  return stopped + output;
}

async function uninstall(shelf: Shelf, state: InstanceState, signal: AbortSignal): Promise<string> {
  await enter(shelf, state, 'removing');
  if (state.done.includes('uninstall')) return '';
  const instance = await readInstance(shelf.place, instanceDirectory(shelf.place, state.spec), state);
  const { output } = await performLogged(shelf.place, instance, 'uninstall', signal);
  state.done.push('uninstall');
  await enter(shelf, state, 'removing');
  return output;
}
