import type { MachineDisk, MachineSpec } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { checkCommand, checkId } from '../check_machine';
import { DISK_ROOT } from './capacity';
import type { DockerHost } from './connector';
import { isNetwork, NETWORKS } from './networks';

/**
 * Refuses what could not be started, before anything is made for it.
 * @throws ProblemError 400 `bad_machine_id`, `bad_environment`, `bad_command`, `bad_disk`, `bad_network`, 422 `no_image`
 */
export function checkSpec(host: DockerHost, spec: MachineSpec): void {
  checkId(spec.id);
  checkCommand(spec);
  checkDisks(spec.disks);
  checkNetworks(host, spec);
  if (!spec.image && !host.image) {
    throwProblem(422, 'no_image', `node ${spec.node}: compute ${host.compute} runs containers, and neither the node nor the compute names an image`,
      'Name one in docker_image of the node, or for all nodes as image= in the connector of the compute.', { field: `nodes.${spec.node}.docker_image` });
  }
}

/** @throws ProblemError 400 `bad_disk` for one that would lie, or be seen, anywhere but where it may. */
function checkDisks(disks: readonly MachineDisk[]): void {
  for (const { name, origin, destination } of disks) {
    if (!origin.startsWith(`${DISK_ROOT}/`) || hasSteps(origin)) {
      throwProblem(400, 'bad_disk', `disk ${name}: its origin is not below the disk root of the compute`,
        'Make origins from diskRoot of the capacity.', { field: `disks.${name}.origin` });
    }
    if (destinationOf(destination) === '/' || hasSteps(destination)) {
      throwProblem(400, 'bad_disk', `disk ${name}: destination is not a path inside the node`,
        'Name a directory such as /storage1, without "..".', { field: `disks.${name}.destination`, evidence: destination });
    }
  }
}

const hasSteps = (path: string) => path.split('/').some((part) => part === '.' || part === '..' || part.includes('\0'));

/** The destination as an engine takes it. */
export const destinationOf = (destination: string) => `/${destination.split('/').filter(Boolean).join('/')}`;

function checkNetworks(host: DockerHost, { node, networks, ports }: MachineSpec): void {
  if (ports && networks.length === 0) {
    throwProblem(400, 'bad_network', `node ${node}: it publishes ports and is in no network`, `Put it into one: compute ${host.compute} has ${NETWORKS.join(', ')}.`, { field: `nodes.${node}.networks` });
  }
  const seen = new Set<string>();
  for (const { device, network, address } of networks) {
    const bad = (why: string, fix: string) => throwProblem(400, 'bad_network', `node ${node}: ${device} ${why}`, fix, { field: `networks.${device}` });
    if (!isNetwork(network)) bad(`is in a network ${network} that compute ${host.compute} does not have`, `It has ${NETWORKS.join(', ')}.`);
    if (seen.has(network)) bad(`is the second device in network ${network}, and a container has one`, 'Put every device into a network of its own.');
    if (!address.startsWith(`${host.net}.`)) bad(`has the address ${address}, which is none of compute ${host.compute}`, `Its addresses begin with ${host.net}.`);
    seen.add(network);
  }
}
