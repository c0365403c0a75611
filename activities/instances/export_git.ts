import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { basename, join, normalize } from 'node:path';
import { itemsWithPrefix, type HrdField } from '../../model/hrd/prefix';
import { isRef, isRepository, REPOSITORY_RULE } from '../../model/git_address';
import { git } from '../git';
import { throwProblem } from '../problem_error';
import { destination, isForHere } from './export_path';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';

const FETCH_MS = 240_000;
const FORM = {
  keys: ['url', 'branch', 'revision', 'tag', 'source', 'dest', 'link', 'nodirs', 'overwrite', 'platform'],
  defaults: { overwrite: 'true' }, bools: ['link', 'nodirs', 'overwrite'],
};

/**
 * Brings what `git.export.N`, or `git.build.N`, of an instance names from its repository: the source, or with `*` at its
 * end each entry of it, copied or linked to its destination.
 * @throws ProblemError 400 for what cannot be, 409 `git_failed` with what git said, 404 `export_missing`
 */
export async function exportGit(place: Place, { dir, hrd }: Pick<ReadInstance, 'dir' | 'hrd'>, signal: AbortSignal, what: 'git.export' | 'git.build' = 'git.export'): Promise<void> {
  for (const [i, item] of itemsWithPrefix(hrd, `service.${what}`, FORM).entries()) {
    const field = `${what}.${i + 1}`;
    const text = (name: string) => String(item[name] ?? '');
    if (!isForHere(text('platform'))) continue;
    const tree = await checkout(place, { url: text('url'), ref: text('revision') || text('tag') || text('branch'), field }, signal);
    for (const source of await sourcesOf(tree, text('source'), item['nodirs'] === true, field)) {
      const dest = await destination(place, dir, text('source').endsWith('*') ? join(text('dest') || '.', '/') : text('dest'), source, `${field}.dest`);
      await put(source, dest, item);
    }
  }
}

interface Wanted {
  url: string;
  ref: string;
  field: string;
}

/** The work tree of a repository at a branch, tag or revision, as it is now; one for all that want the same. */
async function checkout({ root }: Place, { url, ref, field }: Wanted, signal: AbortSignal): Promise<string> {
  if (!isRepository(url)) throwProblem(400, 'unsupported_recipe', `${field}.url is not the address of a repository`, REPOSITORY_RULE, { field: `${field}.url` });
  if (!isRef(ref)) throwProblem(400, 'unsupported_recipe', `${field}: ${JSON.stringify(ref.slice(0, 60))} is no branch, tag or revision`, 'Name one.', { field });
  const tree = join(root, 'repositories', createHash('sha256').update(`${url}\0${ref}`).digest('hex').slice(0, 32));
  await mkdir(tree, { recursive: true, mode: 0o700 });
  const options = { signal };
  await git(tree, ['init', '-q'], options);
  await git(tree, ['fetch', '-q', '--depth', '1', '--no-tags', '--no-recurse-submodules', '--', url, ref || 'HEAD'], { ...options, timeoutMs: FETCH_MS });
  await git(tree, ['checkout', '-q', '--force', '--detach', 'FETCH_HEAD'], options);
  return tree;
}

async function sourcesOf(tree: string, source: string, nodirs: boolean, field: string): Promise<string[]> {
  const each = source.endsWith('*');
  const path = normalize(join('/', each ? source.slice(0, -1) : source));
  const at = join(tree, path);
  const about = await lstat(at).catch(() => undefined);
  if (!about || (each && !about.isDirectory())) throwProblem(404, 'export_missing', `${field}: its repository has no ${source.slice(0, 120)}`, 'Name what is in it.', { field: `${field}.source` });
  if (!each) return [at];
  const entries = await readdir(at, { withFileTypes: true });
  return entries.filter((entry) => entry.name !== '.git' && !(nodirs && entry.isDirectory())).map((entry) => join(at, entry.name)).sort();
}

async function put(source: string, dest: string, item: Record<string, HrdField>): Promise<void> {
  const there = await lstat(dest).catch(() => undefined);
  if (there && item['overwrite'] !== true) return;
  // A directory is laid over what is there; anything else takes its place.
  if (there && (item['link'] === true || !there.isDirectory() || there.isSymbolicLink())) await rm(dest, { recursive: true, force: true });
  if (item['link'] === true) await symlink(source, dest);
  else await cp(source, dest, { recursive: true, force: true, verbatimSymlinks: true, filter: (from) => basename(from) !== '.git' });
}
