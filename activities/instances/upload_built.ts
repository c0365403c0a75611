import { cp, lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { itemsWithPrefix } from '../../model/hrd/prefix';
import { isRef, isRepository, REPOSITORY_RULE } from '../../model/git_address';
import { git } from '../git';
import { throwProblem } from '../problem_error';
import { keyText } from './instance_directory';
import type { ReadInstance } from './read_instance';

const REMOTE_MS = 240_000;
const FORM = { keys: ['source', 'url', 'branch', 'dest'], defaults: { branch: 'main' } };
const OURS = { GIT_AUTHOR_NAME: 'Service Grid', GIT_AUTHOR_EMAIL: 'grid@localhost', GIT_COMMITTER_NAME: 'Service Grid', GIT_COMMITTER_EMAIL: 'grid@localhost' };

/** Where something that was built went. */
export interface Uploaded {
  url: string;
  branch: string;
  commit: string;
}

/**
 * Puts what `build.upload.N` of an instance names into the repository that it says, as one commit, and nothing anywhere else. What
 * is there already is left so.
 * @throws ProblemError 400 for what cannot be, 404 `export_missing` when it was not built, 409 `git_failed`
 */
export async function uploadBuilt(instance: ReadInstance, signal: AbortSignal): Promise<Uploaded[]> {
  const uploaded: Uploaded[] = [];
  for (const [i, item] of itemsWithPrefix(instance.hrd, 'service.build.upload', FORM).entries()) {
    const [source, url, branch, dest] = FORM.keys.map((name) => String(item[name] ?? '')) as [string, string, string, string];
    uploaded.push({ url, branch, commit: await upload(instance, { source, url, branch, dest, field: `build.upload.${i + 1}`, tree: join(instance.dir.path, `.upload-${i + 1}`) }, signal) });
  }
  return uploaded;
}

interface Wanted {
  source: string;
  url: string;
  branch: string;
  dest: string;
  field: string;
  /** Where the repository is checked out. */
  tree: string;
}

async function upload({ dir, state }: ReadInstance, { source, url, branch, dest, field, tree }: Wanted, signal: AbortSignal): Promise<string> {
  if (!isRepository(url)) throwProblem(400, 'unsupported_recipe', `${field}.url is not the address of a repository`, REPOSITORY_RULE, { field: `${field}.url` });
  if (branch === '' || !isRef(branch)) throwProblem(400, 'unsupported_recipe', `${field}: ${JSON.stringify(branch.slice(0, 60))} is no branch`, 'Name one.', { field: `${field}.branch` });
  const built = await builtAt(dir.path, source, field);
  const to = inside(tree, dest === '' || dest.endsWith('/') ? join(dest, basename(built)) : dest, `${field}.dest`);
  await checkout(tree, { url, branch }, signal);
  await rm(to, { recursive: true, force: true });
  await mkdir(dirname(to), { recursive: true });
  await cp(built, to, { recursive: true, verbatimSymlinks: true, filter: (from) => basename(from) !== '.git' });
  await git(tree, ['add', '-A', '-f', '--', relative(tree, to)], { signal });
  const { exit } = await git(tree, ['diff', '--cached', '--quiet'], { signal, fine: [1] });
  if (exit === 1) {
    await git(tree, ['commit', '-q', '-m', `build ${keyText(state.spec)}`, '-m', `Made of ${state.spec.recipe.checksum}`], { signal, env: OURS });
    await git(tree, ['push', '-q', '--no-verify', '--', url, `HEAD:refs/heads/${branch}`], { signal, timeoutMs: REMOTE_MS });
  }
  return (await git(tree, ['rev-parse', 'HEAD'], { signal })).stdout.trim();
}

/** A branch that is not there yet begins empty. */
async function checkout(tree: string, { url, branch }: Pick<Wanted, 'url' | 'branch'>, signal: AbortSignal): Promise<void> {
  await mkdir(tree, { recursive: true, mode: 0o700 });
  // A link in it leads nowhere then.
  await git(tree, ['-c', 'core.symlinks=false', 'init', '-q', '-b', 'built'], { signal });
  await git(tree, ['config', 'core.symlinks', 'false'], { signal });
  const { exit } = await git(tree, ['ls-remote', '-q', '--exit-code', '--heads', '--', url, `refs/heads/${branch}`], { signal, fine: [2], timeoutMs: REMOTE_MS });
  if (exit === 2) return;
  await git(tree, ['fetch', '-q', '--depth', '1', '--no-tags', '--no-recurse-submodules', '--', url, `refs/heads/${branch}`], { signal, timeoutMs: REMOTE_MS });
  await git(tree, ['reset', '-q', '--hard', 'FETCH_HEAD'], { signal });
}

async function builtAt(directory: string, source: string, field: string): Promise<string> {
  const path = inside(directory, source, `${field}.source`);
  const there = await lstat(path).catch(() => undefined);
  if (!there) throwProblem(404, 'export_missing', `${field}: nothing was built at ${source.slice(0, 120)}`, 'See what its action build printed.', { field: `${field}.source` });
  const real = await realpath(path);
  if (relative(directory, real).startsWith('..')) leads(`${field}.source`, source);
  return real;
}

/** @throws ProblemError 400 `export_outside` for what leaves the directory, or is git's own */
function inside(directory: string, path: string, field: string): string {
  const below = normalize(path);
  if (path === '' || below === '.' || below.startsWith('..') || below.startsWith('/') || below.split('/').includes('.git')) leads(field, path);
  return join(directory, below);
}

const leads = (field: string, path: string): never =>
  throwProblem(400, 'export_outside', `${field} leads to ${JSON.stringify(path.slice(0, 120))}, which is not in it`, 'Name something below the directory, as in bin/tool.', { field });
