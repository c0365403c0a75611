import { rm } from 'node:fs/promises';
import type { InstanceSpec, InstanceVitals, PhaseResult } from '../../model/services/agent_protocol';
import { opens } from '../opens';
import { ProblemError, throwProblem } from '../problem_error';
import { installSteps } from './install_instance';
import { instanceDirectories, instanceDirectory, keyText, type InstanceKey } from './instance_directory';
import { isSameSpec, newState, readState, writeState, type InstanceState } from './instance_state';
import { keepInstance, type KeptInstance } from './keep_instance';
import { stopProcess } from './keep_process';
import { forgetRecipes, type AskGeneration } from './obtain_recipe';
import { performLogged } from './perform_action';
import { withoutPaths, type Place } from './place';
import { readInstance, type ReadInstance } from './read_instance';
import { checkPrograms } from './read_processes';
import { serially } from './serially';

/** All instances of a machine. Each verb may be called twice, at the same time too. */
export interface Instances {
  install(spec: InstanceSpec, signal: AbortSignal): Promise<PhaseResult>;
  start(spec: InstanceSpec, signal: AbortSignal): Promise<PhaseResult>;
  stop(spec: InstanceSpec, signal: AbortSignal): Promise<PhaseResult>;
  remove(spec: InstanceSpec, signal: AbortSignal): Promise<PhaseResult>;
  list(): InstanceVitals[];
  /** Goes on where a dead agent was: what it had started is adopted, or started again where it ended meanwhile. */
  resume(signal: AbortSignal): Promise<void>;
}

interface Known {
  state: InstanceState;
  kept?: KeptInstance;
  /** Why what was started is not kept. */
  lost?: string;
}

const PORT_LOOK_MS = 1_000;

export function openInstances(place: Place, ask: AskGeneration, onChange: (vitals: InstanceVitals) => void): Instances {
  const known = new Map<string, Known>();
  const inTurn = serially();

  /** What there is of an instance, by its files: they are what counts. */
  async function find(key: InstanceKey): Promise<Known | undefined> {
    const state = await readState(instanceDirectory(place, key));
    if (!state) return undefined;
    const one = { ...known.get(keyText(key)), state };
    known.set(keyText(key), one);
    return one;
  }

  const enter = (state: InstanceState, phase: InstanceState['phase']): Promise<void> => {
    state.phase = phase;
    return writeState(instanceDirectory(place, state.spec), state);
  };

  async function install(spec: InstanceSpec, signal: AbortSignal): Promise<PhaseResult> {
    const found = await find(spec);
    if (found?.state.phase === 'removing') await remove(found.state.spec, signal);
    else if (found && isSameSpec(found.state.spec, spec) && found.state.phase !== 'installing') return { output: '' };
    else if (found && !isSameSpec(found.state.spec, spec)) await stop(found.state.spec, signal);
    const before = (await find(spec))?.state;
    const state = before && isSameSpec(before.spec, spec) ? { ...before, spec } : { ...newState(spec), files: before?.files ?? [] };
    known.set(keyText(spec), { state });
    const output = await installSteps(place, state, ask, signal);
    await enter(state, 'stopped');
    return { output };
  }

  async function start(spec: InstanceSpec, signal: AbortSignal): Promise<PhaseResult> {
    const one = await find(spec);
    if (!one || !isSameSpec(one.state.spec, spec) || one.state.phase === 'installing' || one.state.phase === 'removing') {
      return throwProblem(409, 'not_installed', `instance ${keyText(spec)}, generation ${spec.generation}, is not installed on its machine`, 'Install it first.');
    }
    // A stop that was not finished is, before it starts anew.
    if (one.state.phase === 'stopping') await stop(spec, signal);
    const state = (await find(spec))!.state;
    const instance = await readInstance(place, instanceDirectory(place, spec), state);
    const output = state.phase === 'started' ? '' : await begin(instance, signal);
    await keep(instance, false, signal);
    await untilWell(instance, signal);
    return { output };
  }

  /** Everything before its processes. From here on an agent that comes anew starts them by itself. */
  async function begin(instance: ReadInstance, signal: AbortSignal): Promise<string> {
    const { state, processes, packages } = instance;
    checkPrograms(state.spec, processes, packages);
    await refuseTakenPorts(instance);
    const output = await performLogged(place, instance, 'start', signal);
    await enter(state, 'started');
    return output;
  }

  async function refuseTakenPorts({ state, processes }: ReadInstance): Promise<void> {
    for (const port of processes.flatMap((plan) => plan.ports)) {
      if (!(await opens(place.address, port, PORT_LOOK_MS))) continue;
      throwProblem(409, 'port_taken', `instance ${keyText(state.spec)}: something else listens on ${place.address}:${port} already`,
        'End it, or give the instance another port; then retry.', { field: 'ports', evidence: String(port) });
    }
  }

  async function keep(instance: ReadInstance, patient: boolean, signal: AbortSignal): Promise<void> {
    const key = keyText(instance.state.spec);
    if (known.get(key)?.kept) return;
    const kept = await keepInstance(place, instance, { patient, onChange }, signal);
    known.set(key, { state: instance.state, kept });
  }

  /** One that never worked is not left trying beside a step that waits for a person. */
  async function untilWell({ state }: ReadInstance, signal: AbortSignal): Promise<void> {
    const isNew = !state.done.includes('start');
    try {
      await known.get(keyText(state.spec))!.kept!.untilWell({ strict: isNew }, signal);
    } catch (error) {
      if (isNew && error instanceof ProblemError) await stop(state.spec, signal);
      throw error;
    }
    if (isNew) state.done.push('start');
    await enter(state, 'started');
  }

  async function stop(key: InstanceKey, signal: AbortSignal): Promise<PhaseResult> {
    const one = await find(key);
    if (!one || (one.state.phase !== 'started' && one.state.phase !== 'stopping')) return { output: '' };
    const { state } = one;
    await enter(state, 'stopping');
    const instance = await readInstance(place, instanceDirectory(place, key), state);
    // Its processes end whatever its action does.
    const asked = await performLogged(place, instance, 'stop', signal).then((output) => ({ output }), (error: unknown) => ({ error }));
    await known.get(keyText(key))?.kept?.end(signal);
    for (const plan of instance.processes.toReversed()) await stopProcess(place, key, plan, signal);
    state.done = state.done.filter((step) => step !== 'start');
    await enter(state, 'stopped');
    known.set(keyText(key), { state });
    if ('error' in asked) throw asked.error;
    return asked;
  }

  async function remove(key: InstanceKey, signal: AbortSignal): Promise<PhaseResult> {
    const stopped = await stop(key, signal);
    const state = (await find(key))?.state;
    // What was never whole has nothing that its action could rely on.
    const output = state && state.phase !== 'installing' ? await uninstall(state, signal) : '';
    await rm(instanceDirectory(place, key).path, { recursive: true, force: true, maxRetries: 3 });
    known.delete(keyText(key));
    await forgetRecipes(place, [...known.values()].map((one) => one.state.spec.recipe.checksum));
    return { output: stopped.output + output };
  }

  async function uninstall(state: InstanceState, signal: AbortSignal): Promise<string> {
    await enter(state, 'removing');
    if (state.done.includes('uninstall')) return '';
    const output = await performLogged(place, await readInstance(place, instanceDirectory(place, state.spec), state), 'uninstall', signal);
    state.done.push('uninstall');
    await enter(state, 'removing');
    return output;
  }

  async function resumeOne(state: InstanceState, signal: AbortSignal): Promise<void> {
    known.set(keyText(state.spec), { state });
    if (state.phase !== 'started') return;
    try {
      await keep(await readInstance(place, instanceDirectory(place, state.spec), state), true, signal);
    } catch (error) {
      known.set(keyText(state.spec), { state, lost: withoutPaths(place, (error as Error).message) });
    }
  }

  const verb = (work: (spec: InstanceSpec, signal: AbortSignal) => Promise<PhaseResult>) => (spec: InstanceSpec, signal: AbortSignal) =>
    inTurn(keyText(spec), () => {
      signal.throwIfAborted();
      return work(spec, signal);
    });

  return {
    install: verb(install), start: verb(start), stop: verb(stop), remove: verb(remove),
    list: () => [...known.values()].map(vitalsOf),
    async resume(signal) {
      const states = await Promise.all((await instanceDirectories(place)).map(readState));
      await Promise.all(states.flatMap((state) => (state ? [inTurn(keyText(state.spec), () => resumeOne(state, signal))] : [])));
    },
  };
}

function vitalsOf({ state: { spec }, kept, lost }: Known): InstanceVitals {
  if (kept) return kept.vitals();
  return {
    service: spec.service, instance: spec.instance, generation: spec.generation,
    health: lost ? 'failing' : 'stopped', ...(lost ? { reason: lost } : {}), processes: [], values: {}, at: new Date().toISOString(),
  };
}
