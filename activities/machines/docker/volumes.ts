import type { MachineDisk } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { ask, type AskOptions, type Engine } from './engine';
import { DISK, isOwn, ownLabels, volumeName } from './labels';
import { isRefusal } from './trouble';

/**
 * Makes, or adopts, the volumes of the disks.
 * @param made gets the names of those that were not there before
 * @throws ProblemError 409 `foreign_volume`
 */
export async function ensureVolumes(engine: Engine, disks: readonly MachineDisk[], made: string[], options: AskOptions): Promise<void> {
  for (const disk of disks) {
    const name = volumeName(engine.host, disk.origin);
    if (await isOwnVolume(engine, name, options)) continue;
    await ask(engine, (docker, abortSignal) => docker.createVolume({ Name: name, Labels: { ...ownLabels(engine.host), [DISK]: disk.name }, abortSignal }), options);
    // Where somebody else made one in this moment the engine answered as if it had made ours.
    if (await isOwnVolume(engine, name, options)) made.push(name);
  }
}

/** Removes volumes with all that is in them, as far as they are ours; gone is fine. @throws ProblemError 409 `disk_in_use` */
export async function removeVolumes(engine: Engine, names: readonly string[], options: AskOptions): Promise<void> {
  for (const name of names) {
    if (!(await isOurs(engine, name, options))) continue;
    await ask(engine, (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }), options).catch((error: unknown) => {
      if (isRefusal(error, 404)) return;
      if (!isRefusal(error, 409)) throw error;
      throwProblem(409, 'disk_in_use', `compute ${engine.host.compute}: the volume ${name} is used by a container that the grid did not make`, 'End that container, then retry.', { evidence: error.said });
    });
  }
}

const isOurs = async (engine: Engine, name: string, options: AskOptions) => (await ownerOf(engine, name, options)) === 'grid';

/** True when it is there; false when it is not. */
async function isOwnVolume(engine: Engine, name: string, options: AskOptions): Promise<boolean> {
  const owner = await ownerOf(engine, name, options);
  return owner === 'other' ? refuseForeign(engine, name) : owner === 'grid';
}

async function ownerOf(engine: Engine, name: string, options: AskOptions): Promise<'grid' | 'other' | undefined> {
  try {
    const { Labels } = await ask(engine, (docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }), options);
    return isOwn(engine.host, Labels) ? 'grid' : 'other';
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

const refuseForeign = ({ host }: Engine, name: string): never =>
  throwProblem(409, 'foreign_volume', `compute ${host.compute}: its engine has a volume ${name} that the grid did not make`,
    'Rename or remove it, or give the compute another name.', { evidence: name });
