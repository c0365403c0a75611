import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { MachineSpec } from '../../model/machine';
import type { LaunchOrder } from '../../model/messages';
import type { BareActivities } from './worker';

/** What the grid's own activities have, so that only what is around them differs. */
const { checkOrder, takeNumber, startMachines, checkReady, stopMachines } = proxyActivities<Activities>({ startToCloseTimeout: '10m', heartbeatTimeout: '3s' });
const { holdOnce } = proxyActivities<BareActivities>({ startToCloseTimeout: '10m', heartbeatTimeout: '3s', retry: { initialInterval: '250ms' } });

export interface BareLaunch {
  order: LaunchOrder;
  compute: string;
  connector: string;
  specs: MachineSpec[];
  withinMs: number;
}

/** A launch's activities, one after the other, and nothing around them: the floor of every launch. */
export async function bareLaunch({ order, ...machines }: BareLaunch): Promise<void> {
  await checkOrder({ order });
  await takeNumber(order);
  await bareMachines(machines);
}

/** Only those of a launch's activities that are about machines. */
export async function bareMachines({ compute, connector, specs, withinMs }: Omit<BareLaunch, 'order'>): Promise<void> {
  await startMachines({ compute, connector, specs });
  const nodes = specs.map(({ id, node, networks }) => ({ name: node, machine: id, address: networks[0]!.address, ports: [] }));
  await checkReady({ compute, connector, withinMs, nodes });
}

export async function bareStop({ compute, connector, owner }: { compute: string; connector: string; owner: string }): Promise<void> {
  await stopMachines({ compute, connector, owner, disks: [] });
}

/** Stands still between two steps until it is told to go on. */
export async function bareBoundary(): Promise<void> {
  let told = false;
  setHandler(defineSignal('go'), () => void (told = true));
  await condition(() => told);
}

/** Has an activity whose first attempt never answers. */
export async function bareRetry(): Promise<void> {
  await holdOnce();
}

export { bareAgent, bareFailover } from './agents';
