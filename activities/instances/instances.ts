import type { FoundInstance, InstanceSpec, InstanceVitals, PhaseResult } from '../../model/services/agent_protocol';
import { buildInstance } from './build_instance';
import { installInstance } from './install_instance';
import { instanceDirectories, instanceDirectory, keyText, type InstanceKey } from './instance_directory';
import { readState, type InstanceState } from './instance_state';
import { obtainRecipe, type AskGeneration } from './obtain_recipe';
import { performNamed } from './perform_named';
import { withoutPaths, type Place } from './place';
import { readInstance } from './read_instance';
import { removeInstance } from './remove_instance';
import { KEPT_OUTPUT_BYTES } from './run_action';
import { serially } from './serially';
import { find, keep, type Known, type Shelf } from './shelf';
import { startInstance } from './start_instance';
import { stopInstance } from './stop_instance';

type Verb = (spec: InstanceSpec, signal: AbortSignal) => Promise<PhaseResult>;

/** All instances of a machine. Each verb may be called twice, at the same time too. */
export interface Instances {
  install: Verb;
  start: Verb;
  stop: Verb;
  remove: Verb;
  build(spec: InstanceSpec, files: Record<string, string>, signal: AbortSignal): Promise<PhaseResult & { result?: unknown }>;
  perform(spec: InstanceSpec, call: { action: string; args: Record<string, string> }, signal: AbortSignal): Promise<PhaseResult & { result?: unknown }>;
  /** Null where it is not, or not whole. */
  find(key: InstanceKey): Promise<FoundInstance | null>;
  list(): InstanceVitals[];
  /** Goes on where a dead agent was: what it had started is adopted, or started again where it ended meanwhile. */
  resume(signal: AbortSignal): Promise<void>;
}

export function openInstances(place: Place, ask: AskGeneration, onChange: (vitals: InstanceVitals) => void): Instances {
  const shelf: Shelf = { place, ask, onChange, known: new Map() };
  const inTurn = serially();
  const verb = (work: (shelf: Shelf, spec: InstanceSpec, signal: AbortSignal) => Promise<string>): Verb => (spec, signal) =>
    inTurn(keyText(spec), async () => {
      signal.throwIfAborted();
      const output = await work(shelf, spec, signal);
      return { output: output.slice(-KEPT_OUTPUT_BYTES) };
    });
  return {
    install: verb(installInstance),
    start: verb(startInstance),
    stop: verb(stopInstance),
    remove: verb(removeInstance),
    build: (spec, files, signal) => inTurn(`build ${keyText(spec)}`, () => buildInstance(place, spec, files, signal)),
    perform: (spec, call, signal) => inTurn(keyText(spec), async () => performNamed(shelf, spec, call, signal)),
    find: (key) => inTurn(keyText(key), () => findInstance(shelf, key)),
    list: () => [...shelf.known.values()].map(vitalsOf),
    async resume(signal) {
      const states = await Promise.all((await instanceDirectories(place)).map(readState));
      await Promise.all(states.flatMap((state) => (state ? [inTurn(keyText(state.spec), () => resumeOne(shelf, state, signal))] : [])));
    },
  };
}

async function findInstance(shelf: Shelf, key: InstanceKey): Promise<FoundInstance | null> {
  const found = await find(shelf, key);
  if (!found || found.state.phase === 'installing' || found.state.phase === 'removing') return null;
  const { spec, phase } = found.state;
  return { spec, phase, files: await obtainRecipe(shelf.place, spec, shelf.ask), vitals: vitalsOf(found) };
}

async function resumeOne(shelf: Shelf, state: InstanceState, signal: AbortSignal): Promise<void> {
  const { place, known } = shelf;
  known.set(keyText(state.spec), { state });
  if (state.phase !== 'started') return;
  try {
    await keep(shelf, await readInstance(place, instanceDirectory(place, state.spec), state), true, signal);
  } catch (error) {
    known.set(keyText(state.spec), { state, lost: withoutPaths(place, (error as Error).message) });
  }
}

function vitalsOf({ state: { spec }, kept, lost }: Known): InstanceVitals {
  if (kept) return kept.vitals();
  return {
    service: spec.service, instance: spec.instance, generation: spec.generation,
    health: lost ? 'failing' : 'stopped', ...(lost ? { reason: lost } : {}), processes: [], values: {}, at: new Date().toISOString(),
  };
}
