import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../config';

export interface ApiProcess {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Its exit code. */
  ended: Promise<number | null>;
}

/** The API as the grid runs it, in a process of its own, and what it prints. */
export async function spawnApi(env: Record<string, string>): Promise<ApiProcess> {
  await promisify(execFile)(process.execPath, [join(projectRoot(), 'workers/build.mjs'), '--only', 'programs']);
  const child = spawn(process.execPath, [join(projectRoot(), 'dist/api.js')], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (d: Buffer) => (printed.out += String(d)));
  child.stderr.on('data', (d: Buffer) => (printed.err += String(d)));
  return { child, out: () => printed.out, err: () => printed.err, ended: once(child, 'exit').then(([code]) => code as number | null) };
}
