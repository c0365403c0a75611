import type { MachineSpec } from '../../../model/machine';
import { checkCommand } from '../check_machine';
import { checkDisks } from './disks';
import type { ProcessHome } from './home';

/**
 * Refuses what could not be started, before anything is made for it.
 * @throws ProblemError 400 `bad_environment`, `bad_command`, `bad_disk`.
 */
export function checkSpec(home: ProcessHome, spec: MachineSpec): void {
  checkCommand(spec);
  checkDisks(home, spec.disks);
}
