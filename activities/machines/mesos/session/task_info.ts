import type { MesosPlace } from '../../../../model/mesos/match';
import type { ContainerInfo, TaskInfo } from '../../../../model/mesos/protocol';
import { taskId } from '../../../../model/mesos/tasks';
import type { MachineSpec } from '../../../../model/machine';
import type { MesosCluster } from '../connector';

const GRACE_NS = 5e9;
const IDLE = ['sleep', 'infinity'];

/**
 * What a node's command is begun by, where it runs as it is: all that it prints goes to one file, and a directory is at every
 * destination of its disks. Arguments: destinations, "--", the command.
 */
const BEGIN = 'exec 2>&1; while [ "$1" != -- ]; do mkdir -p "./$1" || exit 1; shift; done; shift; exec "$@"';

/** The task of a machine, on what it claims of the offers of its place. */
export function taskInfo({ containerizer, user }: MesosCluster, labels: { grid: string; compute: string }, { spec, attempt }: { spec: MachineSpec; attempt: number }, place: MesosPlace): TaskInfo {
  const isContainer = containerizer !== 'none' && spec.image !== undefined;
  const variables = Object.entries(variablesOf(spec, labels.grid)).map(([name, value]) => ({ name, value }));
  return {
    name: spec.node, task_id: { value: taskId({ spec, attempt }) }, agent_id: { value: place.agent }, resources: place.resources,
    command: { shell: false, ...(isContainer ? ofImage(spec, containerizer) : byShell(spec)), environment: { variables }, ...(isContainer ? {} : { user }) },
    ...(isContainer ? { container: containerOf(spec, containerizer) } : {}),
    kill_policy: { grace_period: { nanoseconds: GRACE_NS } },
    labels: { labels: Object.entries({ ...labels, owner: spec.owner, node: spec.node, machine: spec.id, generation: String(spec.generation), ...(spec.disks.length > 0 ? { disks: spec.disks.map((disk) => disk.name).join() } : {}) }).map(([key, value]) => ({ key, value })) },
  };
}

function byShell({ command = IDLE, disks }: MachineSpec) {
  return { value: '/bin/sh', arguments: ['sh', '-c', BEGIN, 'sh', ...disks.map(({ destination }) => destination), '--', ...command] };
}

/** An engine takes what follows the image; the Mesos containerizer a program and its argv, with its name in it. */
function ofImage({ command }: MachineSpec, containerizer: 'docker' | 'mesos') {
  const [program, ...rest] = command ?? [];
  return program === undefined ? {} : { value: program, arguments: containerizer === 'docker' ? rest : [program, ...rest] };
}

function containerOf({ image = '', disks }: MachineSpec, containerizer: 'docker' | 'mesos'): ContainerInfo {
  const volumes = disks.map(({ name, destination, mode }) => ({ container_path: destination, host_path: name, mode: mode === 'ro' ? 'RO' as const : 'RW' as const }));
  return containerizer === 'docker'
    ? { type: 'DOCKER', docker: { image, network: 'HOST' }, volumes }
    : { type: 'MESOS', mesos: { image: { type: 'DOCKER', docker: { name: image } } }, volumes };
}

/** As on any other compute. */
export function variablesOf({ env, networks, owner, node, id }: MachineSpec, grid: string): Record<string, string> {
  const byDevice = networks.map(({ device, address }) => [`GRID_ADDRESS_${device.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, address]);
  const [first] = networks;
  return { ...env, ...Object.fromEntries(byDevice), ...(first ? { GRID_ADDRESS: first.address } : {}), GRID_OWNER: owner, GRID_NODE: node, GRID_ID: grid, GRID_MACHINE: id };
}

