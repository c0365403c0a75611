import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import { labelled } from '../../test/support/grid';
import type { Site } from '../figure';
import type { RunningGrid } from '../support/grid';

export interface BareWorker {
  pid: () => number;
  /** Resolves when the worker says that the first attempt of an activity is under way. */
  held: () => Promise<unknown>;
  /** Ends it at once and starts another. */
  killAndStart: () => void;
}

/**
 * A bare worker beside the grid, on the same Temporal server, with a home of its own so that nobody watches its machines.
 * @param env what its environment has beyond that of the bench
 */
export async function startBare({ later }: Site, { path, temporalAddress, namespace }: RunningGrid, env: Record<string, string> = {}): Promise<BareWorker> {
  const home = join(path, 'bare');
  mkdirSync(home);
  let child: ChildProcess;
  const start = () => void (child = fork(join(projectRoot(), 'dist', 'bench', 'bare_worker.js'), [temporalAddress, namespace, home], { stdio: 'inherit', env: { ...process.env, ...env } }));
  const said = async (word: string) => {
    for (;;) if ((await once(child, 'message'))[0] === word) return;
  };
  start();
  later(async () => {
    child.kill('SIGKILL');
    for (const pid of labelled(home)) process.kill(pid, 'SIGKILL');
  });
  await said('ready');
  return {
    pid: () => child.pid!,
    held: () => said('held'),
    killAndStart: () => {
      child.kill('SIGKILL');
      start();
    },
  };
}
