import { once, setMaxListeners } from 'node:events';
import { watch as watchFiles } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineDeath } from '../../../model/machine';
import { boundLog } from './cut_log';
import { isMissing, readStored, type MachineDirectory } from './directory';
import type { ProcessHome } from './home';
import { holdLifeline } from './lifeline';
import { machineDirectories } from './list';
import { lastOutput } from './machine_view';
import { exitOf, newestRun, type RecordedRun } from './run';

/** Should a notice ever be lost, this is how long it can go unseen. */
const LOOK_EVERY_MS = 30_000;

type OnDeath = (death: MachineDeath) => Promise<void>;

/** See `Driver.watch`. */
export async function watch(home: ProcessHome, onDeath: OnDeath, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const over = new AbortController();
  // One listener for each machine that is followed.
  setMaxListeners(0, over.signal);
  const followed = new Map<string, Promise<void>>();
  const followOne = (dir: MachineDirectory) =>
    follow(home, dir, onDeath, over.signal)
      .catch(() => 'later' as const)
      .then((then) => {
        followed.delete(dir.path);
        if (then === 'look') look();
      });
  const look = oneAtATime(async () => {
    const unfollowed = (await machineDirectories(home)).filter((dir) => !followed.has(dir.path));
    if (!over.signal.aborted) unfollowed.forEach((dir) => followed.set(dir.path, followOne(dir)));
  });
  const notices = watchFiles(home.machines, { signal }).on('change', look);
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    look();
    await once(notices, 'close');
  } finally {
    clearInterval(timer);
    over.abort();
    await Promise.all(followed.values());
  }
}

/**
 * Waits for the end of one machine and tells it. Answers `look` when the directory may hold a newer run by then,
 * `later` when there is nothing to wait for; a death that could not be told is left for a later look.
 */
async function follow(home: ProcessHome, dir: MachineDirectory, onDeath: OnDeath, signal: AbortSignal): Promise<'look' | 'later'> {
  const stored = await readStored(dir);
  if (!stored || stored.compute !== home.compute || stored.grid !== home.grid) return 'later';
  const run = await newestRun(dir);
  if (!run || (await isThere(dir.stopping)) || (await isThere(toldPath(run)))) return 'later';
  await untilDead(run, signal);
  if (signal.aborted) return 'later';
  // In this order: a stop that removed its mark has removed the run before.
  if ((await isThere(dir.stopping)) || !(await isThere(run.path))) return 'look';
  const { id, owner, node, generation } = stored.spec;
  await onDeath({ machine: id, owner, node, generation, exit: await exitOf(run), lastOutput: await lastOutput(run) });
  await writeFile(toldPath(run), '', { mode: 0o600 }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  return 'look';
}

/** Waits until the run is dead or `signal` is aborted, and meanwhile keeps its log within bounds. */
export async function untilDead(run: RecordedRun, signal: AbortSignal): Promise<void> {
  const lifeline = holdLifeline(run);
  if (!lifeline) return;
  const dead = new AbortController();
  boundLog(run.path, dead.signal);
  signal.addEventListener('abort', lifeline.close);
  if (signal.aborted) lifeline.close();
  await lifeline.ended;
  signal.removeEventListener('abort', lifeline.close);
  dead.abort();
}

const toldPath = (run: RecordedRun) => join(run.path, 'reported');

const isThere = (path: string) => access(path).then(() => true, () => false);

/** Calls `act` now, or, while it is at work, once more when it has ended. A failed call is made up by the next. */
function oneAtATime(act: () => Promise<void>): () => void {
  let state: 'idle' | 'busy' | 'again' = 'idle';
  const run = () => {
    if (state !== 'idle') {
      state = 'again';
      return;
    }
    state = 'busy';
    void act().catch(() => {}).finally(() => {
      const again = state === 'again';
      state = 'idle';
      if (again) run();
    });
  };
  return run;
}
