import { createHash } from 'node:crypto';
import { throwProblem } from '../problem_error';

export const MAX_RECIPE_BYTES = 256 * 1024;

/** Names that an instance's directory needs for itself. */
const TAKEN: readonly string[] = ['state.json', 'log.txt', 'installed.version'];
const PART = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
const PART_RULE = 'letters, digits, ".", "_" and "-"';

type Files = Readonly<Record<string, string>>;

/** sha-256 over the names and texts of all files, whatever their order. */
export function recipeChecksum(files: Files): string {
  const hash = createHash('sha256');
  for (const path of Object.keys(files).sort()) {
    hash.update(`${Buffer.byteLength(path)} ${path} ${Buffer.byteLength(files[path]!)} ${files[path]}`);
  }
  return hash.digest('hex');
}

/**
 * Refuses files that cannot be a recipe's, wherever they come from: they are written into a directory later.
 * @throws ProblemError 400 `broken_recipe`.
 */
export function checkRecipeFiles(name: string, files: Files): void {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_RECIPE_BYTES) {
    refuse(name, `it has ${Math.ceil(bytes / 1024)} KiB, at most ${MAX_RECIPE_BYTES / 1024} are allowed`, 'Keep large files elsewhere, and let an action fetch them.');
  }
  for (const path of Object.keys(files)) {
    if (TAKEN.includes(path)) refuse(name, `${path} is the name of a file that each instance has of its own`, 'Rename the file.', path);
    if (path.length > 200 || !path.split('/').every((part) => PART.test(part))) {
      refuse(name, `${JSON.stringify(path.slice(0, 200))} cannot be the path of a file of a recipe`, `Name files and directories with ${PART_RULE}.`, path);
    }
  }
  const file = Object.keys(files).find((path) => Object.keys(files).some((other) => other.startsWith(`${path}/`)));
  if (file) refuse(name, `${file} is a file and a directory`, 'Rename one of them.', file);
  if (files['service.hrd'] === undefined) refuse(name, 'there is no service.hrd', 'Add it: it says what an instance is made of.', 'service.hrd');
}

function refuse(name: string, message: string, fix: string, field?: string): never {
  throwProblem(400, 'broken_recipe', `recipe ${name}: ${message}`, fix, field ? { field } : {});
}
