import { instanceDirectory, keyText, type InstanceKey } from './instance_directory';
import { stopProcess } from './keep_process';
import { performLogged } from './perform_action';
import { readInstance } from './read_instance';
import { enter, find, type Shelf } from './shelf';

/** See `AgentActivities.stopInstance`. Its processes end whatever its action `stop` does. */
export async function stopInstance(shelf: Shelf, key: InstanceKey, signal: AbortSignal): Promise<string> {
  const one = await find(shelf, key);
  if (!one || (one.state.phase !== 'started' && one.state.phase !== 'stopping')) return '';
  const { state, kept } = one;
  await enter(shelf, state, 'stopping');
  const instance = await readInstance(shelf.place, instanceDirectory(shelf.place, key), state);
  const asked = await performLogged(shelf.place, instance, 'stop', signal).then(({ output }) => ({ output }), (error: unknown) => ({ error }));
  await kept?.end(signal);
  for (const plan of instance.processes.toReversed()) await stopProcess(shelf.place, key, plan, signal);
  state.done = state.done.filter((step) => step !== 'start');
  await enter(shelf, state, 'stopped');
  shelf.known.set(keyText(key), { state });
  if ('error' in asked) throw asked.error;
  return asked.output;
}
