import { delimiter, join } from 'node:path';
import { isExecutable } from '../../process/is_executable';
import type { Tell } from './progress';
import { askVersion, cachedBinary, fits } from './temporal_version';

/** A binary of a fitting version that is here already: on PATH, else in the grid's home, else in the user's cache. */
export async function findTemporal(home: string, env: NodeJS.ProcessEnv, tell: Tell): Promise<string | undefined> {
  const onPath = (env.PATH ?? '').split(delimiter).filter(Boolean).map((dir) => join(dir, 'temporal'));
  const kept = [join(home, 'cache', 'temporal'), cachedBinary(env)];
  for (const binary of [...onPath, ...kept].filter(isExecutable)) {
    const version = await askVersion(binary);
    if (fits(version)) return binary;
    tell(`passing over ${binary}: ${version ?? 'it does not run'}; needed is 1.8.x with server 1.31`);
  }
  return undefined;
}
