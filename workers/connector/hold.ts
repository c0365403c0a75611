import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linked } from '../../config';
import { statProcess } from '../../activities/processes/identity';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

interface Holder {
  pid: number;
  /** Tells it from a later process with its number, where the system says so. */
  startTime?: number;
}

/**
 * Makes this process the only one that has the definitions and machines of the connector with this name.
 * @returns what gives it up again
 * @throws Problem 409 `already_running` naming the process that has it
 */
export function hold(home: string, name: string): () => void {
  const directory = join(home, 'connectors');
  const path = join(directory, `${name}.lock`);
  const own = `${path}.${process.pid}`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(own, JSON.stringify({ pid: process.pid, startTime: statProcess(process.pid)?.startTime } satisfies Holder));
  try {
    while (!linked(own, path)) refuseOrRemove(path, name);
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function refuseOrRemove(path: string, name: string): void {
  const holder = read(path);
  if (holder && runs(holder)) raise(problem(409, 'already_running', `connector ${name} runs already: process ${holder.pid}`, 'End that one, or give this one another --name.'));
  rmSync(path, { force: true });
}

function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function runs({ pid, startTime }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return statProcess(pid)?.startTime === startTime;
}
