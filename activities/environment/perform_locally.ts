import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { LocalAction } from '../../model/environment/local_action';
import { parseHrd } from '../../model/hrd/parse';
import { substitute } from '../../model/hrd/substitute';
import { findActions } from '../instances/action_command';
import { directoryAt } from '../instances/instance_directory';
import { definedActions } from '../instances/install_steps';
import type { Place } from '../instances/place';
import { runAction, type ActionResult } from '../instances/run_action';
import { writeInstance } from '../instances/write_instance';
import type { Surroundings } from '../surroundings';

/**
 * Runs an action on the host of this worker, in a directory that has the files of its service and is gone afterwards; within the
 * limits that actions have on machines. Passwords stay the references that they are in the model.
 * @throws ProblemError as `runAction`
 */
export const performLocally = ({ gridHome, grid }: Surroundings) => async ({ path, recipe, files, action, at, timeoutMs }: LocalAction): Promise<ActionResult> => {
  const { cancellationSignal: signal } = Context.current();
  await mkdir(join(gridHome, 'local'), { recursive: true, mode: 0o700 });
  const root = await realpath(await mkdtemp(join(gridHome, 'local', `${createHash('sha256').update(path).digest('hex').slice(0, 12)}-`)));
  const place: Place = { ...at, root, labels: { GRID_ID: grid }, processes: none(grid, root) };
  const spec = { service: path, instance: null, generation: 0, recipe, source: '', data: {}, actionTimeoutMs: timeoutMs };
  try {
    const dir = directoryAt(join(root, 'service'));
    await mkdir(dir.path, { mode: 0o700 });
    await writeInstance(dir, spec, files, []);
    const file = await findActions(dir.path);
    if (!file || !(await definedActions(place, dir, spec, signal)).includes(action)) return { output: '', result: undefined };
    const facts: Record<string, string> = { 'machine.address': at.address, 'machine.number': String(at.agent), 'system.paths.base': root, 'service.path': dir.path };
    return await runAction(place, { key: spec, dir, file, action, hrd: substitute(parseHrd(files['service.hrd']!), (name) => facts[name]), timeoutMs, signal });
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
};

/** No process of an action stays. */
const none = (grid: string, path: string): Place['processes'] =>
  ({ compute: '', grid, host: hostname(), machines: path, disks: path, net: '', cpu: 0, memMiB: 0, labels: { around: {}, machine: '', run: '' } });
