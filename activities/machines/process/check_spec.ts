import type { MachineSpec } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { checkDisks } from './disks';
import type { ProcessHome } from './home';

/**
 * Refuses what could not be started, before anything is made for it.
 * @throws ProblemError 400 `bad_environment`, `bad_command`, `bad_disk`.
 */
export function checkSpec(home: ProcessHome, spec: MachineSpec): void {
  for (const [name, value] of Object.entries(spec.env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
      throwProblem(400, 'bad_environment', `node ${spec.node}: environment variable ${JSON.stringify(name.slice(0, 100))} cannot be set`,
        'Use names of letters, digits and "_" that do not begin with a digit, and values without NUL.', { field: 'env' });
    }
  }
  if (spec.command?.some((part) => part.includes('\0')) || spec.command?.[0] === '') {
    throwProblem(400, 'bad_command', `node ${spec.node}: its command cannot be run`,
      'Begin it with the name of a program, and use no NUL in it.', { field: 'command' });
  }
  checkDisks(home, spec.disks);
}
