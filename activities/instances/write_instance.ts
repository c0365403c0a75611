import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeHrd } from '../../model/hrd/write';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { writeWhole } from '../machines/process/directory';
import type { InstanceDirectory } from './instance_directory';
import { mergedHrd } from './merged_hrd';

type Files = Record<string, string>;

/** Merged into one, or of the recipe itself. */
const NOT_COPIED: readonly string[] = ['service.hrd', 'instance.hrd'];

/**
 * Writes an instance's directory from its recipe: the merged HRD and every other file of the recipe as it is.
 * @param before files that an earlier recipe brought; those that are in this one no more are removed
 * @returns the files that are there now
 * @throws ProblemError 422 `unsupported_recipe`, 400 for values that do not fit or are missing.
 */
export async function writeInstance(dir: InstanceDirectory, spec: InstanceSpec, recipe: Files, before: readonly string[]): Promise<string[]> {
  const hrd = mergedHrd(spec, recipe);
  const files = Object.keys(recipe).filter((file) => !NOT_COPIED.includes(file));
  for (const gone of before.filter((file) => !files.includes(file))) await rm(join(dir.path, gone), { force: true });
  for (const file of files) {
    await mkdir(dirname(join(dir.path, file)), { recursive: true, mode: 0o700 });
    // Whatever stands there: what is written has to be what the recipe says.
    await rm(join(dir.path, file), { recursive: true, force: true });
    await writeWhole(join(dir.path, file), recipe[file]!, recipe[file]!.startsWith('#!') ? 0o700 : 0o600);
  }
  await writeWhole(dir.hrd, writeHrd(hrd, { sorted: true }), 0o600);
  return files;
}
