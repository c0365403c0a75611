import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { MachineSpec } from '../../../model/machine';
import { cannotStart } from '../../cannot_start';
import { sealStdio } from '../../processes/stray_descriptors';
import { within } from '../../within';
import type { MachineDirectory } from './directory';
import { machineEnvironment } from './environment';
import type { ProcessHome } from './home';
import type { Run } from './run';
import { inScope } from './user_manager';

/** How long an init may take from its start to its record. */
const RECORD_LIMIT_MS = 20_000;

/**
 * Starts one init for a run and waits until it is decided whether the run is its own; from then on it lives without us.
 * @throws ProblemError 400 `cannot_start` for arguments or an environment the kernel refuses, 503 `host_exhausted`.
 */
export async function spawnInit(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, run: Run, signal: AbortSignal): Promise<void> {
  const init = launch(home, dir, spec, run);
  init.unref();
  await once(init, 'spawn').catch((error: unknown) => cannotStart(spec.id, error));
  await decided(init.stdio[3] as Socket, signal);
}

function launch(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, run: Run): ChildProcess {
  const { userManager } = home;
  const [program, ...argv] = [...(userManager ? inScope(spec.id, run.number) : []), '/bin/sh', '../init', spec.id, String(run.number), ...(spec.command ?? [])];
  try {
    return spawn(program!, argv, {
      cwd: dir.root,
      env: { ...machineEnvironment(home, dir, spec, run.number), ...(userManager ? { XDG_RUNTIME_DIR: userManager } : {}) },
      detached: true,
      stdio: sealStdio(['ignore', 'ignore', 'ignore', 'pipe']),
    });
  } catch (error) {
    return cannotStart(spec.id, error);
  }
}

/** Init closes descriptor 3 once its record is there, or by ending. */
async function decided(descriptor: Socket, signal: AbortSignal): Promise<void> {
  const closed = new Promise((resolve) => { descriptor.on('error', () => {}).once('close', resolve).resume(); });
  await within(closed, RECORD_LIMIT_MS, signal);
  descriptor.destroy();
  signal.throwIfAborted();
}
