import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { throwProblem } from '../problem_error';
import type { InstanceDirectory } from './instance_directory';
import type { Place } from './place';

/** Which platforms an export may name and mean a machine of ours. */
const PLATFORMS = ['', 'all', 'generic', 'linux', 'linux64', 'ubuntu', 'debian'];

export const isForHere = (platform: string): boolean => platform.split(/[;,\s]+/).some((one) => PLATFORMS.includes(one.toLowerCase()));

/**
 * Where an export goes: below the directory of its machine, links on the way followed; relative to the service's own. A
 * destination that ends with `/` is a directory. Its parent is made.
 * @throws ProblemError 400 `export_outside`
 */
export async function destination(place: Place, dir: InstanceDirectory, dest: string, name: string, field: string): Promise<string> {
  const wanted = isAbsolute(dest) ? dest : join(dir.path, dest);
  const path = resolve(dest === '' || dest.endsWith('/') ? join(wanted, basename(name)) : wanted);
  refuseOutside(place, path, dest, field);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  refuseOutside(place, join(await realpath(dirname(path)), basename(path)), dest, field);
  return path;
}

function refuseOutside({ root }: Place, path: string, dest: string, field: string): void {
  const from = relative(root, path);
  if (from !== '' && !from.startsWith('..') && !isAbsolute(from)) return;
  throwProblem(400, 'export_outside', `${field} leads to ${JSON.stringify(dest.slice(0, 120))}, which is outside of its machine's directory`, 'Begin it with $(system.paths.base), or leave it relative to the service.', { field });
}
