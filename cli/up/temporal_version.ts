import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version that is pinned in tools/temporal/go.mod. */
export const TEMPORAL_VERSION = '1.8.2';
/** The server in it; files of another one cannot be read (no schema migration), hence part of the file's name. */
export const SERVER_VERSION = '1.31';

/** Where a binary that was downloaded or built is kept, shared by all grids of this user. */
export function cachedBinary(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'service-grid', `temporal-${TEMPORAL_VERSION}`, 'temporal');
}

/** What the binary says of itself, or undefined when it does not run. */
export function askVersion(binary: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(binary, ['--version'], { timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout.trim()));
  });
}

/** True for CLI 1.8.x with server 1.31.x: the flags and the database file belong to these. */
export function fits(version: string | undefined): boolean {
  return /^temporal version 1\.8\.\d+ \(Server 1\.31\.\d+[,)]/.test(version ?? '');
}
