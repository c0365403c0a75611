import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { throwProblem } from '../problem_error';
import { PYTHON_RUNNER } from './python_runner';

export type ScriptVerb = 'start' | 'stop' | 'restart' | 'status';

/** The script's own file in its private directory, which is also the working directory: no other path shows in its errors. */
export const SCRIPT_FILE = './orchestrator';

const IS_PYTHON = /(^|\/)python[\d.]*$/;
const RUNS_ITSELF = /^if\b.*__main__/m;
const DEFINES_A_VERB = /^(?:(?:async\s+)?def\s+(?:start|stop|restart|status)\s*\(|(?:start|stop|restart|status)\s*=)/m;
const LOOKS_LIKE_PYTHON = /^(?:(?:async\s+)?def\s+\w+\s*\(|import\s+\w|from\s+[\w.]+\s+import\s)/m;

/** What to install where the name of the program is not the name of its package. */
const PACKAGES: Record<string, string> = { python: 'python3' };

/**
 * The command that performs one verb of a script (DESIGN §11, *Scripts*): Python that does not run itself is imported
 * and the function called; everything else is run by its shebang with the verb as first argument.
 * `path` is a list of directories, as in PATH.
 * @throws ProblemError 400 `unknown_script`: neither shebang nor Python; 503 `interpreter_missing`: not on this machine yet.
 */
export async function scriptCommand(script: string, verb: ScriptVerb, path: string): Promise<string[]> {
  const shebang = /^#![ \t]*(\S+)[ \t]*(.*?)\s*$/.exec(script.split('\n', 1)[0]!);
  if (!shebang && !LOOKS_LIKE_PYTHON.test(script)) {
    throwProblem(400, 'unknown_script', 'the orchestrator script has no shebang and is not Python',
      'Begin it with a line such as #!/bin/sh or #!/usr/bin/env node, or define the functions start, stop, restart and status in Python.');
  }
  const program = shebang ? programOf(shebang[1]!, shebang[2]!) : 'python3';
  const found = await find(program, path);
  const interpreter = found ?? (IS_PYTHON.test(program) && (await find('python3', path))) ?? undefined;
  if (!interpreter) missing(program);
  if (IS_PYTHON.test(program) && !RUNS_ITSELF.test(script) && (!shebang || DEFINES_A_VERB.test(script))) {
    return [interpreter, '-c', PYTHON_RUNNER, SCRIPT_FILE, verb];
  }
  const asTheKernelWould = shebang && found ? [shebang[1]!, ...(shebang[2] ? [shebang[2]] : [])] : [interpreter];
  return [...asTheKernelWould, SCRIPT_FILE, verb];
}

/** What a shebang means to run: `/usr/bin/env` only looks for it. */
function programOf(interpreter: string, argument: string): string {
  if (!/(^|\/)env$/.test(interpreter)) return interpreter;
  return argument.split(/\s+/).find((word) => word !== '' && !word.startsWith('-') && !word.includes('=')) ?? interpreter;
}

async function find(program: string, path: string): Promise<string | undefined> {
  const places = program.includes('/') ? [program] : path.split(delimiter).filter(Boolean).map((dir) => join(dir, program));
  for (const place of places) {
    if (await access(place, constants.X_OK).then(() => true, () => false)) return place;
  }
  return undefined;
}

function missing(program: string): never {
  const name = program.split('/').at(-1)!;
  throwProblem(503, 'interpreter_missing', `the orchestrator script needs ${program}, which is not installed where the control worker runs`,
    `Install it there (apt-get install ${PACKAGES[name] ?? name}), then retry.`);
}
