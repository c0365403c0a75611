import type Dockerode from 'dockerode';
import { secretReference } from '../../../model/environment/secret_reference';
import type { MachineSpec } from '../../../model/machine';
import { destinationOf } from './check_spec';
import type { DockerHost } from './connector';
import type { Image } from './image';
import { containerName, machineLabels, networkName, volumeName } from './labels';

/** The least an engine takes. */
const LEAST_CPU = 0.01;
const LEAST_MEM_MIB = 6;

/** What is kept of a container's output at the most: twice so much. */
const LOG = { Type: 'local', Config: { 'max-size': '8m', 'max-file': '2', compress: 'false' } };

/** Where neither node nor image say what runs there. The trap is for engines that come without an init. */
const IDLE = ['/bin/sh', '-c', 'trap "exit 143" TERM; while :; do sleep 86400 & wait $!; done'];

/**
 * What the engine is told to make. A command is all that runs: the image's entry point does not come before it. It gets
 * an init, which hands on signals and takes in orphans; an image's own program may want to be the first of its container,
 * so it is.
 */
export function containerOptions(host: DockerHost, spec: MachineSpec, image: Image, mounts: Dockerode.MountSettings[] = []): Dockerode.ContainerCreateOptions {
  const command = spec.command ?? (image.hasCommand ? undefined : IDLE);
  const [first] = spec.networks;
  const options: Dockerode.ContainerCreateOptions = {
    Image: image.name,
    Hostname: spec.node,
    ...(command ? { Entrypoint: command, Cmd: [] } : {}),
    Env: Object.entries(environment(host, spec)).map(([name, value]) => `${name}=${value}`),
    Labels: machineLabels(host, spec),
    ...(spec.ports ? { ExposedPorts: Object.fromEntries(spec.ports.map((port) => [tcp(port), {}])) } : {}),
    // What the image looks at is its own program; an agent looks after what it runs.
    ...(spec.runtime ? { Healthcheck: { Test: ['NONE'] } } : {}),
    HostConfig: {
      ...cpuOf(spec),
      Memory: Math.max(spec.memMiB, LEAST_MEM_MIB) * 2 ** 20,
      MemorySwap: Math.max(spec.memMiB, LEAST_MEM_MIB) * 2 ** 20,
      RestartPolicy: { Name: 'no' },
      LogConfig: LOG,
      Init: command !== undefined,
      ...(spec.ports ? { PortBindings: Object.fromEntries(spec.ports.map((port) => [tcp(port), [{ HostPort: '' }]])) } : {}),
      NetworkMode: first ? networkName(host, first.network) : 'none',
      Mounts: [...mounts, ...spec.disks.map(({ origin, destination, mode }) => ({ Type: 'volume' as const, Source: volumeName(host, origin), Target: destinationOf(destination), ReadOnly: mode === 'ro' }))],
    },
    ...(first ? { NetworkingConfig: { EndpointsConfig: { [networkName(host, first.network)]: endpoint(first.address) } } } : {}),
  };
  // The library would put all of it into the address of the request too, where logs of proxies show it.
  return { _query: { name: containerName(host, spec.id) }, _body: options } as Dockerode.ContainerCreateOptions;
}

/** A node has what it asks for and no more (P-36). An agent begins with a burst, and a service that is idle leaves it to others: its share counts when there is not enough. */
const cpuOf = ({ cpu, runtime }: MachineSpec) =>
  runtime ? { CpuShares: Math.max(2, Math.round(cpu * 1024)) } : { NanoCpus: Math.round(Math.max(cpu, LEAST_CPU) * 1_000) * 1_000_000 };

/** The host's own port is the engine's choice, since several machines may publish the same one (C-8). */
const tcp = (port: number) => `${port}/tcp`;

export const endpoint = (address: string) => ({ IPAMConfig: { IPv4Address: address } });

/** What of its own a machine is told: all of the spec's, and the labels last. PATH, HOME and the like are the image's. */
export function environment(host: DockerHost, { id, owner, node, env, networks }: Pick<MachineSpec, 'id' | 'owner' | 'node' | 'env' | 'networks'>): Record<string, string> {
  const byDevice = networks.map(({ device, address }) => [`GRID_ADDRESS_${device.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, address]);
  const [first] = networks;
  return { ...env, ...Object.fromEntries(byDevice), ...(first ? { GRID_ADDRESS: first.address } : {}), GRID_OWNER: owner, GRID_NODE: node, ...ownVariables(host, id) };
}

export const ownVariables = ({ grid }: DockerHost, machine: string): Record<string, string> => ({ GRID_ID: grid, GRID_MACHINE: machine });

/** The keys of what an agent reads in Temporal: a file of the engine's host, where GRID_CODEC_KEY says that it is. */
export function keyMounts({ env }: Pick<MachineSpec, 'env'>): Dockerode.MountSettings[] {
  const { file } = secretReference(env['GRID_CODEC_KEY'] ?? '') ?? {};
  return file === undefined ? [] : [{ Type: 'bind', Source: file, Target: file, ReadOnly: true }];
}
