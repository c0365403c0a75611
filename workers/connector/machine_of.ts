import type { MachineNetwork, MachineSpec } from '../../model/machine';
import { problem } from '../../model/errors';
import { connectorMachineId, connectorOwner } from '../../model/ids';
import { raise } from '../../model/raise';
import { wordsOf, type Definition } from './definition';
import type { Place } from './place';

const DEFAULT_CPU = 0.1;
const DEFAULT_MEM_MIB = 64;

/**
 * One resource of a service as a machine.
 * @throws Problem 422 `command_needed` where nothing would run without one
 */
export function machineOf({ compute, needsCommand }: Place, definition: Definition, number: number, networks: MachineNetwork[]): MachineSpec {
  const { name, image, command, environment, ports, cpu = DEFAULT_CPU, mem_mib: memMiB = DEFAULT_MEM_MIB } = definition;
  if (needsCommand && command === null) {
    raise(problem(422, 'command_needed', `Service ${name} has no command, and compute ${compute} runs processes, not images.`, 'Give the definition a command, or serve a compute that runs containers.', { field: 'command' }));
  }
  return {
    id: connectorMachineId(compute, name, number), owner: connectorOwner(name), node: `${name}-${number}`, generation: 1,
    image, ...(command === null ? {} : { command: wordsOf(command) }),
    env: Object.fromEntries(Object.entries(environment ?? {}).map(([variable, value]) => [variable, String(value)])),
    cpu, memMiB, disks: [], networks, ...(ports ? { ports: ports.map(Number) } : {}),
  };
}
