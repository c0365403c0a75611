import { access, mkdir, rm } from 'node:fs/promises';
import type { Machine, MachineSpec } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { isAlive } from '../../processes/identity';
import { sweep } from '../../processes/sweep';
import { ofRun } from './belongs';
import { checkSpec } from './check_spec';
import { machineDirectory, readStored, writeForGood, writeWhole, type MachineDirectory } from './directory';
import { prepareDisks } from './disks';
import type { ProcessHome } from './home';
import { INIT_SCRIPT } from './init_script';
import { lastOutput, machineView } from './machine_view';
import { newestRun, readRecord, runAt, runNumbers, type RecordedRun, type Run } from './run';
import { restoreRecord } from './restore_record';
import { spawnInit } from './spawn_init';
import { stop } from './stop';

/** See `Driver.start`. */
export async function start(home: ProcessHome, spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
  signal.throwIfAborted();
  checkSpec(home, spec);
  const dir = machineDirectory(home, spec.id);
  await refuseForeign(home, dir, spec);
  await endHalfDoneStop(home, dir, spec, signal);
  const run = (await adopt(home, dir, spec)) ?? (await begin(home, dir, spec, signal));
  return machineView(home, dir, spec, run);
}

async function refuseForeign(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec): Promise<void> {
  const stored = await readStored(dir);
  if (!stored || (stored.grid === home.grid && stored.compute === home.compute && stored.spec.owner === spec.owner)) return;
  throwProblem(409, 'foreign_machine', `machine ${spec.id} exists and belongs to ${stored.spec.owner} (compute ${stored.compute}, grid ${stored.grid})`,
    'Stop it where it belongs, then retry.', { evidence: stored.spec.owner });
}

async function endHalfDoneStop(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, signal: AbortSignal): Promise<void> {
  const begun = await access(dir.stopping).then(() => true, () => false);
  if (begun) await stop(home, spec.id, { graceMs: 0, keepDisks: true }, signal);
}

/** The run that lives, be it that its record was lost. */
async function adopt(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec): Promise<RecordedRun | undefined> {
  const [number] = await runNumbers(dir);
  if (number === undefined) return undefined;
  const run = runAt(dir, number);
  const recorded = (await readRecord(run)) ?? (await restoreRecord(home, spec.id, run));
  return recorded && isAlive(recorded.record) ? recorded : undefined;
}

async function begin(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, signal: AbortSignal): Promise<RecordedRun> {
  const run = await nextRun(home, dir, spec);
  await prepare(home, dir, spec, run);
  signal.throwIfAborted();
  await spawnInit(home, dir, spec, run, signal);
  const recorded = await readRecord(run);
  if (!recorded) {
    throwProblem(503, 'machine_not_started', `machine ${spec.id}: its init wrote no record`,
      'See what it printed; then retry.', { evidence: await lastOutput(run) });
  }
  await removeRunsBefore(dir, run);
  return recorded;
}

/** The run to begin: one that somebody prepared and nobody began, else a new one after the dead one was cleared away. */
async function nextRun(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec): Promise<Run> {
  const [number = 0] = await runNumbers(dir);
  const dead = await newestRun(dir);
  if (dead?.number !== number) return runAt(dir, Math.max(1, number));
  await sweep(ofRun(home, spec.id, dead));
  return runAt(dir, number + 1);
}

/** What is needed is kept before it is used, so that a stop after a crash knows what there is to remove. */
async function prepare(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, run: Run): Promise<void> {
  await mkdir(dir.root, { recursive: true, mode: 0o700 });
  await writeForGood(dir.spec, JSON.stringify({ grid: home.grid, compute: home.compute, spec }), 0o600);
  await prepareDisks(home, dir, spec.disks);
  await writeWhole(dir.init, INIT_SCRIPT, 0o700);
  await mkdir(run.path, { recursive: true, mode: 0o700 });
}

async function removeRunsBefore(dir: MachineDirectory, { number }: Run): Promise<void> {
  const older = (await runNumbers(dir)).filter((other) => other < number);
  await Promise.all(older.map((other) => rm(runAt(dir, other).path, { recursive: true, force: true })));
}
