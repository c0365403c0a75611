import type { Capacity, ExecRequest, LogRequest, Machine, MachineDeath, MachineDisk, MachineSpec, OnReach, StopOptions } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import type { SshHost } from './connector';
import { every } from '../parts';
import { openHost, type HostDriver } from './one_host';
import { watchSeveral } from './watch_several';

/** Each host has its disks elsewhere: what the ledger knows is below this, and what a host knows below its own. */
const DISK_ROOT = '/data';

/**
 * Several hosts as one compute. Each can be away by itself: what is asked of a machine is asked of the host that has it,
 * and an answer for all of them is there when all have answered.
 */
export function openSeveral(compute: string, all: ReadonlyMap<string, SshHost>) {
  const hosts = new Map([...all].map(([name, host]) => [name, oneOfSeveral(name, openHost(host))]));
  const at = (host: string | undefined): HostDriver =>
    hosts.get(host ?? '') ?? throwProblem(409, 'no_such_host', `compute ${compute} has no host ${host ?? 'without a name'}`, `Its hosts are ${[...hosts.keys()].join(', ')}: launch again what was placed on another.`);
  const ofAll = <T>(work: (host: HostDriver) => Promise<T>) => every([...hosts.values()], work);
  /** The first to have it says so; that nobody has it is known when all have answered. */
  const find = (id: string) => new Promise<Machine | undefined>((resolve, reject) => {
    ofAll(async (host) => {
      const machine = await host.find(id);
      if (machine) resolve(machine);
    }).then(() => resolve(undefined), reject);
  });
  const holder = async (id: string) => {
    const machine = await find(id);
    return machine ? at(machine.host) : throwProblem(404, 'no_machine', `there is no machine ${id} on compute ${compute}`, 'See `grid machines`.', { field: 'id' });
  };
  return {
    hosts,
    capacity: async (): Promise<Capacity> => {
      const each = await ofAll((host) => host.capacity());
      return { ...each[0]!, hosts: each.flatMap((one) => one.hosts) };
    },
    start: async (spec: MachineSpec, signal: AbortSignal) => at(spec.host).start(spec, signal),
    find,
    stop: async (id: string, options: StopOptions, signal: AbortSignal) => {
      const machine = await find(id);
      // What was begun and is no machine yet is found by none, and removed all the same.
      await (machine ? at(machine.host).stop(id, options, signal) : ofAll((host) => host.stop(id, options, signal)));
    },
    wipe: async (disks: readonly MachineDisk[]) => void (await ofAll((host) => host.wipe(disks))),
    list: async (owner?: string) => (await ofAll((host) => host.list(owner))).flat(),
    exec: async (id: string, request: ExecRequest, signal: AbortSignal) => (await holder(id)).exec(id, request, signal),
    logs: async (id: string, request: LogRequest, signal: AbortSignal) => (await holder(id)).logs(id, request, signal),
    watch: (onDeath: (death: MachineDeath) => Promise<void>, signal: AbortSignal, onReach?: OnReach) => watchSeveral(hosts, onDeath, signal, onReach),
    opens: async (address: string, port: number, timeoutMs: number, host?: string) => at(host).opens(address, port, timeoutMs),
    lead: async (temporalAddress: string, signal: AbortSignal) => void (await ofAll((host) => host.lead(temporalAddress, signal))),
    agentProgram: async (temporalAddress: string, host?: string) => at(host).agentProgram(temporalAddress),
  };
}

/** It is called as the connector calls it, whatever it calls itself, and its disks are where all have theirs. */
function oneOfSeveral(name: string, driver: HostDriver): HostDriver {
  const named = (machine: Machine): Machine => ({ ...machine, host: name });
  const there = async (disks: readonly MachineDisk[]) => {
    const { diskRoot } = disks.length > 0 ? await driver.capacity() : { diskRoot: '' };
    return disks.map((disk) => (disk.origin.startsWith(`${DISK_ROOT}/`) ? { ...disk, origin: diskRoot + disk.origin.slice(DISK_ROOT.length) } : disk));
  };
  return {
    ...driver,
    capacity: async () => {
      const capacity = await driver.capacity();
      return { ...capacity, hosts: capacity.hosts.map((host) => ({ ...host, name })), diskRoot: DISK_ROOT };
    },
    start: async (spec, signal) => named(await driver.start({ ...spec, disks: await there(spec.disks) }, signal)),
    find: async (id) => {
      const machine = await driver.find(id);
      return machine && named(machine);
    },
    list: async (owner) => (await driver.list(owner)).map(named),
    wipe: async (disks) => driver.wipe(await there(disks)),
  };
}
