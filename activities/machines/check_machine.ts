import type { MachineSpec } from '../../model/machine';
import { throwProblem } from '../problem_error';

/** What no driver can start, whatever its scheme. */

/** @throws ProblemError 400 `bad_machine_id` for an id that is no plain name. */
export function checkId(id: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
    throwProblem(400, 'bad_machine_id', 'a machine id is letters, digits, ".", "_" and "-", beginning with a letter or digit',
      'Use the id that lists of machines show.', { field: 'id', evidence: id.slice(0, 100) });
  }
}

/** @throws ProblemError 400 `bad_environment`, `bad_command`. */
export function checkCommand({ node, env, command }: Pick<MachineSpec, 'node' | 'env' | 'command'>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
      throwProblem(400, 'bad_environment', `node ${node}: environment variable ${JSON.stringify(name.slice(0, 100))} cannot be set`,
        'Use names of letters, digits and "_" that do not begin with a digit, and values without NUL.', { field: 'env' });
    }
  }
  if (command?.some((part) => part.includes('\0')) || command?.[0] === '') {
    throwProblem(400, 'bad_command', `node ${node}: its command cannot be run`,
      'Begin it with the name of a program, and use no NUL in it.', { field: 'command' });
  }
}
