import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tripleNamed } from '../../model/environment/identity';
import { isMissing } from '../machines/process/directory';
import type { Place } from './place';

/** Everything an instance has on disk, named as AtYourService names it. */
export interface InstanceDirectory {
  path: string;
  hrd: string;
  state: string;
  log: string;
  installed: string;
}

/** Which instance; the same as `instance/<service>/<n>` but for the first word. */
export interface InstanceKey {
  service: string;
  /** Null: a service of the environment, whose path is `service`. */
  instance: number | null;
}

/** Domain of all that the grid itself has: its catalog is where the recipes come from. */
export const DOMAIN = 'grid';

export const keyText = ({ service, instance }: InstanceKey) => (instance === null ? service : `${service}/${instance}`);

export const servicesRoot = ({ root }: Place) => join(root, 'services');

export const instanceDirectory = (place: Place, { service, instance }: InstanceKey): InstanceDirectory =>
  directoryAt(join(servicesRoot(place), instance === null ? service : `${DOMAIN}__${service}__${instance}`));

export const directoryAt = (path: string): InstanceDirectory => ({
  path,
  hrd: join(path, 'service.hrd'),
  state: join(path, 'state.json'),
  log: join(path, 'log.txt'),
  installed: join(path, 'installed.version'),
});

/** Every directory that may hold an instance, those of parents before those of their children. */
export const instanceDirectories = async (place: Place): Promise<InstanceDirectory[]> => (await below(servicesRoot(place))).map(directoryAt);

async function below(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const paths = entries.filter((entry) => entry.isDirectory() && (tripleNamed(entry.name) || entry.name.startsWith(`${DOMAIN}__`))).map((entry) => join(path, entry.name)).sort();
  return (await Promise.all(paths.map(async (one) => [one, ...(await below(one))]))).flat();
}
