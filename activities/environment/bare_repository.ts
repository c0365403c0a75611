import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { git, gitBytes } from '../git';
import { throwProblem } from '../problem_error';

/** Repositories of others, of which nothing is checked out: links, hooks, submodules and filters in them have no effect. */

const FETCH_MS = 240_000;
const LOOK_MS = 500;
const MAX_BYTES = 512 * 1024 ** 2;
/** So much of it is read at once. */
const BATCH_BYTES = 8 * 1024 ** 2;
const REF = 'refs/grid/fetched';

export interface Blob {
  path: string;
  id: string;
  bytes: number;
}

/**
 * Brings one commit of a repository, without those before it.
 * @param ref branch or tag; empty: its head
 * @returns the commit
 * @throws ProblemError 409 `git_failed`, 413 `repository_too_large`
 */
export async function fetchBare(bare: string, { url, ref }: { url: string; ref: string }, signal: AbortSignal): Promise<string> {
  await mkdir(bare, { recursive: true, mode: 0o700 });
  await git(bare, ['init', '-q', '--bare'], { signal });
  const over = new AbortController();
  const argv = ['-c', 'maintenance.auto=false', 'fetch', '-q', '--depth', '1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--', url, `+${ref || 'HEAD'}:${REF}`];
  try {
    await Promise.race([refuseTooLarge(bare, url, over.signal), git(bare, argv, { signal: AbortSignal.any([signal, over.signal]), timeoutMs: FETCH_MS })]);
  } catch (error) {
    over.abort(new Error('given up'));
    // What came so far would be kept for ever.
    await rm(bare, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  } finally {
    over.abort(new Error('over'));
  }
  return (await git(bare, ['rev-parse', '--verify', `${REF}^{commit}`], { signal })).stdout.trim();
}

/** Throws when it became too large, and otherwise does not end. */
async function refuseTooLarge(bare: string, url: string, over: AbortSignal): Promise<never> {
  while (!over.aborted) {
    await delay(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
    if (!over.aborted && (await bytesIn(join(bare, 'objects'))) > MAX_BYTES) throwProblem(413, 'repository_too_large', `${url} has more than ${MAX_BYTES / 1024 ** 2} MiB`, 'Put its templates into a repository of their own.');
  }
  return new Promise(() => undefined);
}

async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)).then(({ size }) => size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Of everything that a commit has, what is a plain file, by path. */
export async function plainFiles(bare: string, commit: string, signal: AbortSignal): Promise<Map<string, Blob>> {
  const { stdout } = await git(bare, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit], { signal });
  const entries = stdout.split('\0').flatMap((line): Blob[] => {
    const [, mode, id, bytes, path] = /^(\d{6}) blob ([0-9a-f]+) +(\d+)\t([^]+)$/.exec(line) ?? [];
    return mode === '100644' || mode === '100755' ? [{ path: path!, id: id!, bytes: Number(bytes) }] : [];
  });
  return new Map(entries.map((blob) => [blob.path, blob]));
}

/** What is in files, by path. */
export async function contents(bare: string, blobs: readonly Blob[], signal: AbortSignal): Promise<Map<string, Buffer>> {
  const read = new Map<string, Buffer>();
  for (const batch of batches(blobs)) {
    const { stdout } = await gitBytes(bare, ['cat-file', '--batch'], { signal, input: batch.map(({ id }) => `${id}\n`).join('') });
    let at = 0;
    for (const { path, bytes } of batch) {
      const begins = stdout.indexOf('\n', at) + 1;
      read.set(path, stdout.subarray(begins, begins + bytes));
      at = begins + bytes + 1;
    }
  }
  return read;
}

function batches(blobs: readonly Blob[]): Blob[][] {
  const all: Blob[][] = [];
  let room = 0;
  for (const blob of blobs) {
    if (blob.bytes > room) {
      all.push([]);
      room = BATCH_BYTES;
    }
    all.at(-1)!.push(blob);
    room -= blob.bytes;
  }
  return all;
}
