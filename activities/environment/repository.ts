import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { throwProblem } from '../problem_error';
import { MACHINES_FILE, readMachinesFile, type MachinesFile } from '../../model/environment/machines_file';
import { git } from '../git';
import { readIfThere } from '../machines/process/directory';
import type { Surroundings } from '../surroundings';

/** The work tree that has the model: services and templates of the environment (A-2, A-36). */
export interface Repository {
  path: string;
  signal: AbortSignal;
}

export const SERVICES = 'services';
export const TEMPLATES = 'servicetemplates';

const OURS = { GIT_COMMITTER_NAME: 'Service Grid', GIT_COMMITTER_EMAIL: 'grid@localhost' };

/**
 * Opens the environment of this grid, which is made where it is not there.
 * @throws ProblemError 409 `git_conflict`, `foreign_environment`
 */
export async function openRepository({ gridHome, grid }: Pick<Surroundings, 'gridHome' | 'grid'>, signal: AbortSignal): Promise<Repository> {
  const repository = { path: join(gridHome, 'environment'), signal };
  await mkdir(join(repository.path, SERVICES), { recursive: true, mode: 0o700 });
  // A work tree around it is none of ours.
  const { exit, stdout } = await git(repository.path, ['rev-parse', '--show-prefix'], { signal, fine: [128] });
  if (exit !== 0 || stdout.trim() !== '') await git(repository.path, ['init', '-q', '-b', 'main'], { signal });
  await refuseConflict(repository);
  const machines = await readMachines(repository);
  if (machines && machines.grid !== grid) {
    throwProblem(409, 'foreign_environment', `this environment is that of another grid: ${MACHINES_FILE} says ${machines.grid}, and this one is ${grid}`,
      `Take ${MACHINES_FILE} out of it, and it is this grid's; what the other one has running stays with that.`, { field: MACHINES_FILE });
  }
  return repository;
}

/** What the environment says of its machines; undefined where it says nothing. @throws Problem 400 `broken_model` */
export async function readMachines({ path }: Repository): Promise<MachinesFile | undefined> {
  const text = await readIfThere(join(path, MACHINES_FILE));
  return text === undefined ? undefined : readMachinesFile(text);
}

async function refuseConflict({ path, signal }: Repository): Promise<void> {
  const { stdout } = await git(path, ['diff', '--name-only', '--diff-filter=U'], { signal });
  const files = stdout.split('\n').filter(Boolean);
  if (files.length === 0) return;
  throwProblem(409, 'git_conflict', `the environment has conflicts in ${files.slice(0, 5).join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`,
    'Resolve them and commit, or `git merge --abort`; then run the command again.', { field: files[0]! });
}

/** The commit that the work tree stands on; empty before the first. */
export async function headOf({ path, signal }: Repository): Promise<string> {
  const { exit, stdout } = await git(path, ['rev-parse', '--verify', '-q', 'HEAD'], { signal, fine: [1, 128] });
  return exit === 0 ? stdout.trim() : '';
}

export interface Change {
  /** Relative to the work tree; directories mean all in them. */
  paths: string[];
  title: string;
  actor: string;
  run: string;
}

/** One commit of these paths alone: what somebody else edits meanwhile is not part of it. Nothing changed: no commit. */
export async function commit(repository: Repository, { paths, title, actor, run }: Change): Promise<string> {
  const { path, signal } = repository;
  if (paths.length > 0) {
    await git(path, ['add', '-A', '--', ...paths], { signal });
    const { exit } = await git(path, ['diff', '--cached', '--quiet', '--', ...paths], { signal, fine: [1] });
    if (exit === 1) {
      const author = `${actor.replace(/[<>\n\r]/g, '') || 'unknown'} <${actor.replace(/[^\w.@-]/g, '') || 'unknown'}@grid>`;
      await git(path, ['commit', '-q', '--author', author, '-m', title, '-m', `Run: ${run}\nBy: ${actor.replace(/[\n\r]/g, ' ')}`, '--only', '--', ...paths], { signal, env: OURS });
    }
  }
  return headOf(repository);
}
