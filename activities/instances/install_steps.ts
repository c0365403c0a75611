import { mkdir } from 'node:fs/promises';
import { extname } from 'node:path';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { writeWhole } from '../machines/process/directory';
import { ProblemError, throwProblem } from '../problem_error';
import { findActions, shellActions } from './action_command';
import { exportGit } from './export_git';
import { exportWeb } from './export_web';
import { instanceDirectory, type InstanceDirectory } from './instance_directory';
import { writeState, type InstanceState, type InstanceStep } from './instance_state';
import { obtainRecipe, type AskGeneration } from './obtain_recipe';
import { performLogged } from './perform_action';
import type { Place } from './place';
import { aboutInstance, readInstance } from './read_instance';
import { checkPrograms } from './read_processes';
import { runAction } from './run_action';
import { writeInstance } from './write_instance';

/** The actions that are called by themselves, and those that a person asks for. What else a file defines can be asked for, too. */
const ACTIONS = [
  'init', 'check_requirements', 'prepare', 'configure', 'prepareLocal', 'configureLocal', 'start', 'stop', 'check', 'monitor', 'uninstall',
  'build', 'cleanup', 'data_export', 'data_import', 'removedata', 'test', 'execute', 'upload', 'download',
];
const ACTION_NAME = /^[A-Za-z]\w{0,59}$/;

/**
 * Goes through the steps that are not done yet and keeps each in the state as it is done.
 * @returns what its actions printed
 */
export async function installSteps(place: Place, state: InstanceState, ask: AskGeneration, signal: AbortSignal): Promise<string> {
  const { spec } = state;
  const dir = instanceDirectory(place, spec);
  await mkdir(dir.path, { recursive: true, mode: 0o700 });
  const output: string[] = [];
  const step = async (name: InstanceStep, work: () => Promise<void>) => {
    if (state.done.includes(name)) return;
    signal.throwIfAborted();
    await work();
    state.done.push(name);
    await writeState(dir, state);
  };
  const action = (name: string) => async () => {
    output.push((await performLogged(place, await readInstance(place, dir, state), name, signal)).output);
  };
  await step('files', () => writeFiles(place, dir, state, ask, signal));
  await step('init', action('init'));
  await step('prepare', async () => {
    await action('check_requirements')();
    await action('prepare')();
  });
  await step('export', async () => {
    const instance = await readInstance(place, dir, state);
    await exportWeb(place, instance, signal);
    await exportGit(place, instance, signal);
  });
  await step('configure', action('configure'));
  const { processes, packages } = await readInstance(place, dir, state);
  checkPrograms(spec, processes, packages);
  await writeWhole(dir.installed, `${spec.recipe.checksum}\n`, 0o600);
  return output.join('');
}

/** What it has is known from here on, and whether it can be kept: before anything of it is run. */
async function writeFiles(place: Place, dir: InstanceDirectory, state: InstanceState, ask: AskGeneration, signal: AbortSignal): Promise<void> {
  const recipe = await obtainRecipe(place, state.spec, ask);
  // Kept before they are written: what a crash leaves is removed when another recipe comes.
  state.files = [...new Set([...state.files, ...Object.keys(recipe)])];
  await writeState(dir, state);
  state.files = await aboutInstance(state.spec, () => writeInstance(dir, state.spec, recipe, state.files));
  const { processes, packages } = await readInstance(place, dir, state);
  // Packages are the host's affair: no action could go on without them.
  if (packages.length > 0) checkPrograms(state.spec, processes, packages);
  state.actions = await definedActions(place, dir, state.spec, signal);
}

/** Names of the actions that the actions file in a directory has. @throws ProblemError 400 `broken_actions` */
export async function definedActions(place: Place, dir: InstanceDirectory, spec: InstanceSpec, signal: AbortSignal): Promise<string[]> {
  const file = await findActions(dir.path);
  if (!file) return [];
  if (extname(file) === '.sh') return shellActions(file, ACTIONS);
  try {
    const { result } = await runAction(place, { key: spec, dir, file, hrd: { items: [], comments: [] }, timeoutMs: spec.actionTimeoutMs, signal });
    return Array.isArray(result) ? result.map(String).filter((name) => ACTION_NAME.test(name)) : [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return throwProblem(400, 'broken_actions', error.problem.message.replace('its action load', 'its actions file'), 'Mend the actions file and update the service.',
      { evidence: error.problem.evidence });
  }
}
