import { delimiter, dirname } from 'node:path';
import type { MachineSpec } from '../../../model/machine';
import type { MachineDirectory } from './directory';
import type { ProcessHome } from './home';

/** What every process of a machine carries in its environment, and by which it is known to be of that machine. */
export const machineLabels = ({ labels }: ProcessHome, id: string): Record<string, string> => ({ ...labels.around, [labels.machine]: id });

/** {@link machineLabels} of one run of the machine. */
export const runLabels = (home: ProcessHome, id: string, run: number): Record<string, string> => ({
  ...machineLabels(home, id),
  [home.labels.run]: String(run),
});

/** The environment of the machine's command, and of what is executed in it: little of ours, all of the spec's, the labels last. */
export function machineEnvironment(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, run: number): Record<string, string> {
  return {
    PATH: pathWithNode(),
    HOME: dir.root,
    LANG: 'C.UTF-8',
    ...spec.env,
    ...addresses(spec),
    GRID_OWNER: spec.owner,
    GRID_NODE: spec.node,
    ...runLabels(home, spec.id, run),
  };
}

/** Nodes of the catalog need Node and nothing else: the grid's own is there in any case. */
const pathWithNode = () => [process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', dirname(process.execPath)].join(delimiter);

function addresses({ networks }: MachineSpec): Record<string, string> {
  const byDevice = networks.map(({ device, address }) => [`GRID_ADDRESS_${device.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, address]);
  const [first] = networks;
  return { ...Object.fromEntries(byDevice), ...(first ? { GRID_ADDRESS: first.address } : {}) };
}
