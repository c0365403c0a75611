import { serially } from '../../activities/instances/serially';
import { connectorMachineId, connectorOwner } from '../../model/ids';
import type { Machine } from '../../model/machine';
import { openAddresses } from './addresses';
import type { Definition } from './definition';
import { machineOf } from './machine_of';
import type { Place } from './place';

/** The running resources of a connector's services: machines that carry the label of the service, whatever their image. */
export interface Resources {
  running(service: string): Promise<number>;
  /**
   * Brings the number of running ones to what `wanted` makes of it, one call after the other for each service, and
   * clears away dead ones. What was begun is carried on by the next call.
   * @throws ProblemError of the driver, Problem 422 `command_needed`, 503 `no_address`
   */
  bring(definition: Definition, wanted: (running: number) => number): Promise<void>;
}

const GRACE_MS = 5_000;
const AT_ONCE = 8;

/** @param ending aborted when the process is about to end */
export function openResources(place: Place, ending: AbortSignal): Resources {
  const { compute, driver } = place;
  const oneByOne = serially();
  const withAddresses = openAddresses(driver);

  const stop = (graceMs: number) => ({ id }: Machine) => driver.stop(id, { graceMs }, ending);

  const start = (definition: Definition, numbers: number[]) =>
    withAddresses(numbers.length, (networks) =>
      forEach(numbers.map((number, i) => machineOf(place, definition, number, networks[i]!)), (spec) => driver.start(spec, ending)));

  const seen = async (service: string) => {
    const machines = await driver.list(connectorOwner(service));
    const running = machines.filter(({ state }) => state === 'running').sort((a, b) => numberOf(a) - numberOf(b));
    return { running, dead: machines.filter(({ state }) => state === 'dead') };
  };

  return {
    running: async (service) => (await seen(service)).running.length,
    bring: (definition, wanted) => oneByOne(definition.name, async () => {
      const { running, dead } = await seen(definition.name);
      await forEach(dead, stop(0));
      const number = wanted(running.length);
      await forEach(running.slice(number), stop(GRACE_MS));
      const missing = freeNumbers(running, (n) => connectorMachineId(compute, definition.name, n), number - running.length);
      if (missing.length > 0) await start(definition, missing);
    }),
  };
}

const numberOf = ({ id }: Machine): number => Number(/\d+$/.exec(id)?.[0]);

/** The lowest numbers that no machine has. */
function freeNumbers(machines: Machine[], idOf: (number: number) => string, count: number): number[] {
  const taken = new Set(machines.map(({ id }) => id));
  const free: number[] = [];
  for (let number = 0; free.length < count; number += 1) if (!taken.has(idOf(number))) free.push(number);
  return free;
}

/** Some at once; no more are begun when one failed. */
async function forEach<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < items.length; i += AT_ONCE) {
    const outcomes = await Promise.allSettled(items.slice(i, i + AT_ONCE).map(work));
    const failed = outcomes.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }
}
