import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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
  instance: number;
}

/** Domain of all that the grid itself has: its catalog is where the recipes come from. */
export const DOMAIN = 'grid';

export const keyText = ({ service, instance }: InstanceKey) => `${service}/${instance}`;

export const servicesRoot = ({ root }: Place) => join(root, 'services');

export const instanceDirectory = (place: Place, { service, instance }: InstanceKey): InstanceDirectory =>
  directoryAt(join(servicesRoot(place), `${DOMAIN}__${service}__${instance}`));

const directoryAt = (path: string): InstanceDirectory => ({
  path,
  hrd: join(path, 'service.hrd'),
  state: join(path, 'state.json'),
  log: join(path, 'log.txt'),
  installed: join(path, 'installed.version'),
});

/** Every directory that may hold an instance, in the order of their names. */
export async function instanceDirectories(place: Place): Promise<InstanceDirectory[]> {
  const entries = await readdir(servicesRoot(place), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(`${DOMAIN}__`)).map((entry) => entry.name);
  return names.sort().map((name) => directoryAt(join(servicesRoot(place), name)));
}
