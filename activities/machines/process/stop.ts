import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, sendSignal } from '../../processes/identity';
import { scanProcesses, type SeenProcess } from '../../processes/scan';
import { sweep } from '../../processes/sweep';
import type { StopOptions } from '../../../model/machine';
import { ofMachine } from './belongs';
import { isMissing, machineDirectory, readStored, type MachineDirectory } from './directory';
import { removeDisks } from './disks';
import type { ProcessHome } from './home';
import { awaitDeath } from './lifeline';
import { newestRun } from './run';

/** See `Driver.stop`. */
export async function stop(home: ProcessHome, id: string, { graceMs, keepDisks }: StopOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const dir = machineDirectory(home, id);
  const stored = await readStored(dir);
  if (stored && (stored.compute !== home.compute || stored.grid !== home.grid)) return;
  const isOurs = ofMachine(home, dir, id);
  await markStopping(dir);
  await endGently(dir, isOurs, graceMs, signal);
  await sweep(isOurs);
  if (!keepDisks) await removeDisks(home, stored?.spec.disks ?? []);
  // The mark goes last: a watch that no longer finds it finds no run either.
  for (const path of [dir.runs, dir.path]) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  // A start whose caller gave up may have begun in between; its init is seen now, or finds no directory.
  await sweep(isOurs);
}

async function markStopping(dir: MachineDirectory): Promise<void> {
  await writeFile(dir.stopping, '', { mode: 0o600 }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** Asks everything to end, each process once, and waits for it at most so long. */
async function endGently(dir: MachineDirectory, isOurs: (seen: SeenProcess) => boolean, graceMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + graceMs;
  const run = await newestRun(dir);
  const told = run && isAlive(run.record) ? run.record.pid : undefined;
  if (run && told) {
    // Init hands it on to the whole group.
    sendSignal(told, 'SIGTERM');
    await awaitDeath(run, graceMs, signal);
  }
  for (let pauseMs = 0; Date.now() < deadline; pauseMs = Math.min(pauseMs * 2 + 5, 100)) {
    await delay(pauseMs);
    signal.throwIfAborted();
    const left = (await scanProcesses()).filter(isOurs);
    if (left.length === 0) return;
    if (pauseMs === 0) left.filter((one) => one.group !== told).forEach((one) => sendSignal(one.pid, 'SIGTERM'));
  }
}
