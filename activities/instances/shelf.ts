import type { InstanceVitals } from '../../model/services/agent_protocol';
import { instanceDirectory, keyText, type InstanceKey } from './instance_directory';
import { readState, writeState, type InstanceState } from './instance_state';
import { keepInstance, type KeptInstance } from './keep_instance';
import type { AskGeneration } from './obtain_recipe';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';

/** What is known of one instance. */
export interface Known {
  state: InstanceState;
  kept?: KeptInstance;
  /** Why what was started is not kept. */
  lost?: string;
}

/** All instances of a machine, and what their verbs need. */
export interface Shelf {
  place: Place;
  ask: AskGeneration;
  onChange: (vitals: InstanceVitals) => void;
  known: Map<string, Known>;
}

/** What there is of an instance, by its files: they are what counts. */
export async function find({ place, known }: Shelf, key: InstanceKey): Promise<Known | undefined> {
  const state = await readState(instanceDirectory(place, key));
  if (!state) return undefined;
  const one = { ...known.get(keyText(key)), state };
  known.set(keyText(key), one);
  return one;
}

export function enter({ place }: Shelf, state: InstanceState, phase: InstanceState['phase']): Promise<void> {
  state.phase = phase;
  return writeState(instanceDirectory(place, state.spec), state);
}

/** Has its processes run and be looked after, unless they are already. */
export async function keep({ place, onChange, known }: Shelf, instance: ReadInstance, patient: boolean, signal: AbortSignal): Promise<KeptInstance> {
  const key = keyText(instance.state.spec);
  const kept = known.get(key)?.kept ?? (await keepInstance(place, instance, { patient, onChange }, signal));
  known.set(key, { state: instance.state, kept });
  return kept;
}
