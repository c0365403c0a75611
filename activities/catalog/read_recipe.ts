import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProblem } from '../../model/errors';
import { getBool, getFloat, getInt, getList, getStr } from '../../model/hrd/get';
import type { Hrd } from '../../model/hrd/hrd';
import { parseHrd } from '../../model/hrd/parse';
import { refuseValue } from '../../model/hrd/refuse';
import { NAME } from '../../model/ids';
import { ACTIONS_FILE, type Recipe } from '../../model/services/recipe';
import { throwProblem } from '../problem_error';
import { wrongIn } from './parse_file';
import { checkRecipeFiles, MAX_RECIPE_BYTES, recipeChecksum } from '../instances/recipe_files';

const MAX_DEPTH = 8;

/** Names of the recipes of a catalog, `<dir>/recipes/<name>/`; none where it has no such directory. */
export async function listRecipes(catalogDir: string): Promise<string[]> {
  const entries = await readdir(join(catalogDir, 'recipes'), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory() && NAME.test(entry.name)).map((entry) => entry.name).sort();
}

/**
 * Reads one recipe of a catalog whole (A-3 … A-5): every file of it as text.
 * @throws ProblemError 404 `recipe_not_found` with the names of those that there are; 400 `broken_catalog` whose message
 * begins with file and line, 400 `broken_recipe`.
 */
export async function readRecipe(catalogDir: string, name: string): Promise<Recipe> {
  const names = await listRecipes(catalogDir);
  if (!names.includes(name)) {
    throwProblem(404, 'recipe_not_found', `there is no recipe ${name.slice(0, 80)}`,
      names.length > 0 ? `There are ${names.join(', ')}.` : 'The catalog has no recipes.', { field: 'recipe' });
  }
  const folder = `recipes/${name}`;
  const files = await readFiles(catalogDir, folder);
  checkRecipeFiles(name, files);
  const service = readHrd(folder, 'service.hrd', files['service.hrd']!);
  if (files['instance.hrd'] !== undefined) readHrd(folder, 'instance.hrd', files['instance.hrd']);
  const actions = Object.keys(files).filter((file) => ACTIONS_FILE.test(file));
  if (actions.length > 1) wrongIn(folder, undefined, `there are both ${actions.join(' and ')}`, 'Keep one actions file.');
  return { name, checksum: recipeChecksum(files), files, machine: machineOf(folder, service) };
}

/** Every file below the folder as text, by its path in it. Links and what is no text are refused. */
async function readFiles(dir: string, folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  let bytes = 0;
  const read = async (path: string, depth: number): Promise<void> => {
    for (const entry of (await readdir(join(dir, folder, path))).sort()) {
      const file = path ? `${path}/${entry}` : entry;
      const name = `${folder}/${file}`;
      const about = await lstat(join(dir, name)).catch(unreadable(name));
      if (about.isDirectory() && depth < MAX_DEPTH) await read(file, depth + 1);
      else if (!about.isFile()) wrongIn(name, undefined, about.isDirectory() ? 'it lies too deep' : 'it is neither a file nor a directory', 'Put a plain file in its place.');
      else {
        bytes += about.size;
        if (bytes > MAX_RECIPE_BYTES) wrongIn(name, undefined, `with it the recipe has more than ${MAX_RECIPE_BYTES / 1024} KiB`, 'Keep large files elsewhere, and let an action fetch them.');
        files[file] = textOf(name, await readFile(join(dir, name)).catch(unreadable(name)));
      }
    }
  };
  await read('', 0);
  return files;
}

function textOf(name: string, bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below.
  }
  return wrongIn(name, undefined, 'it is not text in UTF-8', 'Keep files that are not text elsewhere, and let an action fetch them.');
}

const readHrd = (folder: string, file: string, text: string): Hrd => inFile(`${folder}/${file}`, () => parseHrd(text));

function machineOf(folder: string, service: Hrd): Recipe['machine'] {
  return inFile(`${folder}/service.hrd`, () => {
    const hostTags = getList(service, 'machine.host_tags', []).map(String);
    return {
      cpu: positive('machine.cpu', getFloat(service, 'machine.cpu', 0.1)),
      memMiB: positive('machine.mem', getInt(service, 'machine.mem', 128)),
      placement: oneOf(PLACEMENTS, 'machine.placement', getStr(service, 'machine.placement', 'spread')),
      ...(getBool(service, 'machine.apart', false) ? { apart: true } : {}),
      ...(hostTags.length > 0 ? { hostTags } : {}),
    };
  });
}

const PLACEMENTS = ['spread', 'pack'] as const;

const oneOf = <W extends string>(words: readonly W[], key: string, text: string): W =>
  words.find((word) => word === text) ?? refuseValue(key, `${text} is not one of ${words.join(', ')}`, `Write ${words.join(' or ')}.`);

function positive(key: string, number: number): number {
  if (number > 0) return number;
  return refuseValue(key, `${number} is not above 0`, 'Write a number above 0.');
}

function inFile<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isProblem(error)) throw error;
    return wrongIn(name, error.line, error.message, error.fix);
  }
}

const unreadable = (name: string) => ({ code }: NodeJS.ErrnoException) => wrongIn(name, undefined, `it cannot be read (${code})`, 'Let the grid read it.');
