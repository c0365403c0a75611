import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment, ModelledService } from '../../model/environment/environment';
import { parentOf, pathBelow, tripleNamed, tripleOf, type ServicePath } from '../../model/environment/identity';
import { journalName, readJournal } from '../../model/environment/journal';
import { isProblem } from '../../model/errors';
import type { Hrd } from '../../model/hrd/hrd';
import { parseHrd } from '../../model/hrd/parse';
import { MAX_RECIPE_BYTES } from '../instances/recipe_files';
import { isMissing } from '../machines/process/directory';
import { throwProblem } from '../problem_error';
import { SERVICES, type Repository } from './repository';

const MAX_DEPTH = 16;
const HRD = 'service.hrd';

/**
 * Every service of the model, hand edits that are not committed among them.
 * @throws ProblemError 400 `broken_model` whose message begins with file and line
 */
export async function readServices({ path: tree, signal }: Repository): Promise<Environment> {
  const services: ModelledService[] = [];
  const walk = async (parent: ServicePath | null, depth: number): Promise<void> => {
    signal.throwIfAborted();
    if (depth > MAX_DEPTH) wrong(`${SERVICES}/${parent}`, undefined, 'services stand in each other too deep', `Use at most ${MAX_DEPTH} levels.`);
    const names = (await entries(join(tree, SERVICES, parent ?? ''))).filter((entry) => entry.isDirectory() && tripleNamed(entry.name)).map((entry) => entry.name);
    for (const name of names) {
      const path = pathBelow(parent, tripleNamed(name)!);
      services.push(await readService(tree, path));
      await walk(path, depth + 1);
    }
  };
  await walk(null, 0);
  return new Map(services.sort((one, other) => (one.path < other.path ? -1 : 1)).map((service) => [service.path, service]));
}

async function entries(path: string) {
  return readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function readService(tree: string, path: ServicePath): Promise<ModelledService> {
  const files = await readFiles(tree, `${SERVICES}/${path}`);
  const triple = tripleOf(path);
  const { [HRD]: text, [journalName(triple)]: journal = '', ...others } = files;
  if (text === undefined) wrong(`${SERVICES}/${path}/${HRD}`, undefined, 'it is not there', 'Add it, or remove the directory.');
  return { ...triple, ...(journal ? { exports: readJournal(journal) } : {}), path, parent: parentOf(path), hrd: parse(`${SERVICES}/${path}/${HRD}`, text), files: others };
}

/** Every plain file of a directory as text, by relative path; directories of child services are not looked into. */
export async function readFiles(tree: string, folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  let bytes = 0;
  const read = async (below: string): Promise<void> => {
    for (const entry of await entries(join(tree, folder, below))) {
      const file = below ? `${below}/${entry.name}` : entry.name;
      const about = await lstat(join(tree, folder, file));
      if (about.isDirectory()) {
        if (!tripleNamed(entry.name)) await read(file);
        continue;
      }
      if (!about.isFile()) wrong(`${folder}/${file}`, undefined, 'it is neither a file nor a directory', 'Put a plain file in its place.');
      bytes += about.size;
      if (bytes > MAX_RECIPE_BYTES) wrong(`${folder}/${file}`, undefined, `with it the service has more than ${MAX_RECIPE_BYTES / 1024} KiB`, 'Keep large files elsewhere, and let an action fetch them.');
      files[file] = await readFile(join(tree, folder, file), 'utf8');
    }
  };
  await read('');
  return files;
}

export function parse(file: string, text: string): Hrd {
  try {
    return parseHrd(text);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return wrong(file, error.line, error.message, error.fix);
  }
}

function wrong(file: string, line: number | undefined, message: string, fix: string): never {
  return throwProblem(400, 'broken_model', `${file}${line === undefined ? '' : `:${line}`}: ${message}`, fix, { field: file, ...(line === undefined ? {} : { line }) });
}
