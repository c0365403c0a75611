import { createHash } from 'node:crypto';
import { holdsOf, type MachineDisk, type MachineSpec } from '../../../model/machine';
import type { DockerHost } from './connector';

/** Everything that is made on an engine carries these; nothing without them is ever touched. */
const PREFIX = 'service-grid';
export const GRID = `${PREFIX}.grid`;
export const COMPUTE = `${PREFIX}.compute`;
export const MACHINE = `${PREFIX}.machine`;
export const OWNER = `${PREFIX}.owner`;
export const NODE = `${PREFIX}.node`;
export const GENERATION = `${PREFIX}.generation`;
export const ADDRESS = `${PREFIX}.address`;
/** JSON: what it was given. */
export const HOLDS = `${PREFIX}.holds`;
/** JSON: names of the volumes of its disks. */
export const VOLUMES = `${PREFIX}.volumes`;
export const NETWORK = `${PREFIX}.network`;
/** What is no machine and has no data: the compute it serves. */
export const HELPER = `${PREFIX}.helper`;
export const DISK = `${PREFIX}.disk`;

export type Labels = Record<string, string>;

export const ownLabels = ({ grid, compute }: Pick<DockerHost, 'grid' | 'compute'>): Labels => ({ [GRID]: grid, [COMPUTE]: compute });

export const isOwn = (host: DockerHost, labels: Labels | null | undefined): boolean =>
  labels?.[GRID] === host.grid && labels[COMPUTE] === host.compute;

export const machineLabels = (host: DockerHost, spec: MachineSpec): Labels => ({
  ...ownLabels(host),
  [MACHINE]: spec.id,
  [OWNER]: spec.owner,
  [NODE]: spec.node,
  [GENERATION]: String(spec.generation),
  [ADDRESS]: spec.networks[0]?.address ?? '',
  [HOLDS]: JSON.stringify(holdsOf(spec)),
  [VOLUMES]: JSON.stringify(spec.disks.map(({ origin }) => volumeName(host, origin))),
});

/** As the engine filters by them. */
export const labelFilter = (labels: Labels): string[] => Object.entries(labels).map(([name, value]) => `${name}=${value}`);

export const containerName = (host: DockerHost, machine: string) => fitting(`${prefixOf(host)}-${machine}`);

export const helperName = (host: DockerHost, kind: string) => fitting(`${prefixOf(host)}-${host.compute}.${kind}`);

export const networkName = (host: DockerHost, network: string) => fitting(`${prefixOf(host)}-${host.compute}-${network}`);

/** One for each origin (P-34), so that the next machine of a node finds what the one before left. */
export const volumeName = (host: DockerHost, origin: string): MachineDisk['name'] =>
  fitting(`${prefixOf(host)}-${host.compute}${origin.replace(/[^A-Za-z0-9_.-]/g, '-')}`);

/** Enough of the grid's id to tell grids of one engine apart; where it is not, labels do. */
const prefixOf = ({ grid }: DockerHost) => `grid-${grid.replace(/[^A-Za-z0-9]/g, '').slice(0, 8)}`;

const LONGEST_NAME = 200;

/** Volumes are directories of the engine's host, and names of these end at 255 bytes. */
const fitting = (name: string) =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, 150)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
