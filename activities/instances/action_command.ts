import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { ACTIONS_FILE } from '../../model/services/recipe';
import { throwProblem } from '../problem_error';
import { NODE_RUNNER, PYTHON_RUNNER } from './action_runners';

/** The actions file in this directory, or undefined where there is none. */
export async function findActions(directory: string): Promise<string | undefined> {
  const name = (await readdir(directory)).find((file) => ACTIONS_FILE.test(file));
  return name && join(directory, name);
}

/** argv that performs an action of the file; without an action, one that writes the names of all it defines. */
export async function actionCommand(file: string, action = ''): Promise<string[]> {
  switch (extname(file)) {
    case '.py':
      return ['python3', '-c', PYTHON_RUNNER, file, action];
    case '.sh':
      return (await readFile(file, 'latin1')).startsWith('#!') ? [file, action] : ['/bin/sh', file, action];
    default:
      return [process.execPath, '-e', NODE_RUNNER, file, action, ...(extname(file) === '.ts' ? compiler() : [])];
  }
}

function compiler(): string[] {
  try {
    return [require.resolve('esbuild')];
  } catch {
    return [];
  }
}

/**
 * Names of the actions of a shell file among these, by its `case` labels and functions: it cannot be asked without being run.
 * @throws ProblemError 400 `broken_actions` when there are none at all.
 */
export async function shellActions(file: string, names: readonly string[]): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const found = names.filter((name) => new RegExp(`(?:^|[\\s|("'])${name}["']?[ \\t]*(?:\\)|\\||\\(\\))`, 'm').test(text));
  if (found.length > 0) return found;
  return throwProblem(400, 'broken_actions', 'the actions file has no action',
    'A shell file gets the action as its first argument: case $1 in start) … ;; esac.', { field: 'actions.sh' });
}
