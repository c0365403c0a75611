import { randomUUID } from 'node:crypto';
import { link, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootId } from '../../processes/identity';
import { hasLabels, scanProcesses } from '../../processes/scan';
import { runLabels } from './environment';
import type { ProcessHome } from './home';
import { readRecord, recordText, type RecordedRun, type Run } from './run';

/**
 * Writes the record of a run whose init lives without one, found by its labels and its lifeline. An init that is about
 * to write the same record itself takes this one for its own.
 */
export async function restoreRecord(home: ProcessHome, id: string, run: Run): Promise<RecordedRun | undefined> {
  const init = await findInit(home, id, run);
  if (!init) return undefined;
  const temporary = join(run.path, `record.${randomUUID()}`);
  await writeFile(temporary, recordText({ ...init, bootId: bootId() }), { mode: 0o600 });
  await link(temporary, join(run.path, 'record')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(temporary);
  await writeFile(join(home.machines, 'started'), '');
  return readRecord(run);
}

async function findInit(home: ProcessHome, id: string, run: Run) {
  const [seen, names] = await Promise.all([scanProcesses(), readdir(run.path)]);
  const leaders = seen.filter((one) => one.pid === one.session && hasLabels(one, runLabels(home, id, run.number)));
  return leaders.find((one) => names.includes(`lifeline.${one.pid}`));
}
