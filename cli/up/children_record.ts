import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process_identity';
import type { Tell } from './progress';
import { writeJson } from './write_json';

const LOOK_EVERY_MS = 50;

const pathOf = (home: string, name: string) => join(home, 'run', `${name}.json`);

/** Keeps which process of ours runs under this name, so that the next start can end it should we be killed. */
export function recordChild(home: string, name: string, pid: number): void {
  mkdirSync(join(home, 'run'), { recursive: true });
  const identity = identify(pid);
  if (identity) writeJson(pathOf(home, name), identity);
}

/** Ends what an earlier run left behind under this name: asks, waits `graceMs`, then makes it end. */
export async function endLeftover(home: string, name: string, graceMs: number, tell: Tell): Promise<void> {
  const left = read(pathOf(home, name));
  if (!left || !isAlive(left)) return;
  tell(`ending ${name} (process ${left.pid}), left behind by a run that was killed`);
  process.kill(left.pid, 'SIGTERM');
  if (await isGone(left, graceMs)) return;
  process.kill(left.pid, 'SIGKILL');
  await isGone(left, graceMs);
}

async function isGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

function read(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
