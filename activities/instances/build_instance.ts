import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getInt, getList } from '../../model/hrd/get';
import { keysWithPrefix } from '../../model/hrd/prefix';
import type { InstanceSpec, PhaseResult } from '../../model/services/agent_protocol';
import { throwProblem } from '../problem_error';
import { exportGit } from './export_git';
import { directoryAt, keyText } from './instance_directory';
import { definedActions } from './install_steps';
import { newState } from './instance_state';
import { performAction } from './perform_action';
import type { Place } from './place';
import { aboutInstance, readInstance } from './read_instance';
import { isProgramThere } from './read_processes';
import { KEPT_OUTPUT_BYTES } from './run_action';
import { uploadBuilt, type Uploaded } from './upload_built';
import { writeInstance } from './write_instance';

const DEFAULT_TIMEOUT_S = 1_800;
const LONGEST_S = 3_000;

/**
 * See `AgentActivities.buildInstance` (A-15): in a directory of its own brings the sources, has the action `build` compile them, and
 * puts what was built where the recipe says. Whether the service is installed, and of what, does not matter.
 * @throws ProblemError 404 `no_action` where there is nothing to build, 503 `program_missing` naming the compiler
 */
export async function buildInstance(place: Place, spec: InstanceSpec, files: Record<string, string>, signal: AbortSignal): Promise<PhaseResult & { result?: { uploaded: Uploaded[] } }> {
  const dir = directoryAt(join(place.root, 'builds', createHash('sha256').update(keyText(spec)).digest('hex').slice(0, 32)));
  const clear = () => rm(dir.path, { recursive: true, force: true, maxRetries: 3 });
  await clear();
  try {
    await mkdir(dir.path, { recursive: true, mode: 0o700 });
    await aboutInstance(spec, () => writeInstance(dir, spec, files, []));
    const state = { ...newState(spec), actions: await definedActions(place, dir, spec, signal) };
    const instance = await readInstance(place, dir, state);
    const { hrd } = instance;
    const hasSources = keysWithPrefix(hrd, 'service.git.build').length > 0;
    if (!state.actions.includes('build') && !hasSources) throwProblem(404, 'no_action', `instance ${keyText(spec)} has no action build`, 'Add it to its actions file.', { field: 'action' });
    refuseMissing(spec, getList(hrd, 'service.build.compiler', []).map(String), instance.packages);
    await exportGit(place, instance, signal, 'git.build');
    const actionTimeoutMs = Math.min(getInt(hrd, 'service.build.timeout', DEFAULT_TIMEOUT_S), LONGEST_S) * 1_000;
    const { output } = await performAction(place, { ...instance, state: { ...state, spec: { ...spec, actionTimeoutMs } } }, 'build', signal);
    const uploaded = await uploadBuilt(instance, signal);
    return { output: output.slice(-KEPT_OUTPUT_BYTES), ...(uploaded.length > 0 ? { result: { uploaded } } : {}) };
  } finally {
    await clear();
  }
}

function refuseMissing(spec: InstanceSpec, programs: readonly string[], packages: readonly string[]): void {
  const missing = programs.map((one) => one.trim()).find((one) => one !== '' && !isProgramThere(one));
  if (missing === undefined) return;
  throwProblem(503, 'program_missing', `instance ${keyText(spec)}: ${missing} is not installed on its machine, and building needs it`,
    `${packages.length > 0 ? `apt-get install ${packages.join(' ')}` : `Install ${missing}`}; then retry.`, { field: 'build.compiler' });
}
