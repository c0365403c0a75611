import { problem, type Problem } from '../../../model/errors';
import type { MachineSpec } from '../../../model/machine';
import { ProblemError } from '../../problem_error';
import type { Engine } from './engine';

/** Why the engine did not start a container, by what it says. */
export const notStarted = (engine: Engine, spec: MachineSpec, said: string): ProblemError => {
  const explained = explain(engine, spec, said);
  return new ProblemError(explained, explained.status === 503);
};

function explain({ host }: Engine, { id, node, image = host.image, command, networks }: MachineSpec, said: string): Problem {
  const where = `compute ${host.compute}: machine ${id}`;
  const more = { evidence: said.slice(0, 1_000) };
  if (/ports? (is|are) already allocated|external connectivity/i.test(said)) {
    return problem(409, 'port_taken', `${where}: a port that it publishes is taken on the host of the engine`, 'End what has it, then retry.', more);
  }
  if (/address already in use/i.test(said)) {
    const addresses = networks.map(({ address }) => address).join(', ');
    return problem(409, 'address_taken', `${where} cannot have ${addresses}: something else in the compute's networks has it`,
      'End what has it: docker network inspect shows who is in a network; then retry.', { ...more, field: `nodes.${node}.networks` });
  }
  if (/no space left on device/i.test(said)) {
    return problem(503, 'disk_full', `${where} does not start: the disk of its engine is full`, 'Make room there, e.g. with docker system prune, then retry.', more);
  }
  if (/exec format error/i.test(said)) {
    return problem(422, 'wrong_architecture', `${where}: what image ${image} runs is not for the processor of the engine`, 'Use an image that was made for this kind of processor.', { ...more, field: `nodes.${node}.docker_image` });
  }
  if (/executable file not found|no such file or directory|permission denied|not a directory|is a directory/i.test(said)) {
    return problem(400, 'cannot_start', `${where}: ${command?.[0] ?? 'a shell to idle in'} cannot be run in image ${image}`,
      command ? 'Check that the program is in the image, spelled right and executable.' : 'Give the node a command that the image has.', { ...more, field: `nodes.${node}.command` });
  }
  return problem(503, 'machine_not_started', `${where}: the engine does not start its container`, 'See what it says, then retry.', more);
}
