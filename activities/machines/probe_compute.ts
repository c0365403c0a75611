import { isCounted } from '../../model/counted';
import type { Capacity } from '../../model/machine';
import { openConnector } from '../connectors/open';
import type { Probed } from '../../model/messages';
import type { Surroundings } from '../surroundings';
import { throwProblem } from '../problem_error';
import { within } from '../within';
import { allComputes } from './all_computes';
import { openDriver } from './open_driver';
import type { OnCompute } from './start_machines';
import { ownersOf, unclaimedAmong } from './unclaimed';

const ANSWER_WITHIN_MS = 12_000;

/**
 * What a compute has to give, and what of it machines have that nothing here knows; by that also whether its connector is right and leads anywhere.
 * @throws ProblemError of its driver; 504 `compute_silent` when that does not answer in time; 409 `net_taken`
 */
export const probeCompute = (around: Surroundings) => async ({ compute, connector }: OnCompute): Promise<Probed> => {
  if (isCounted(connector)) return countsOnly({ compute, connector });
  const driver = openDriver({ name: compute, connector, ...around });
  const answer = Promise.all([driver.capacity(), driver.list()]);
  if (!(await within(answer, ANSWER_WITHIN_MS))) {
    throwProblem(504, 'compute_silent', `compute ${compute} did not say within ${ANSWER_WITHIN_MS / 1000} s what it has`, 'See that what its connector leads to is up and can be reached from the control worker, then try again.', { field: 'connector' });
  }
  const [capacity, machines] = await answer;
  if (isOfThisHost(connector)) await refuseTakenNet(around, compute, capacity);
  const unclaimed = unclaimedAmong(machines, await ownersOf(around.client, machines));
  return { ...capacity, ...(unclaimed.length > 0 ? { unclaimed } : {}) };
};

/** A connector of others may be away when it is made known: what it has is not asked, only what it is called. */
function countsOnly(on: OnCompute): Capacity {
  openConnector(on);
  return { hosts: [], networks: [], cpuOvercommit: 1, diskRoot: '' };
}

const isOfThisHost = (connector: string) => connector.startsWith('process:');

/** Two computes of one host would give out the same addresses, each without knowing of the other. */
async function refuseTakenNet({ client }: Surroundings, compute: string, { networks }: Capacity): Promise<void> {
  const others = (await allComputes(client)).filter(({ name, connector }) => name !== compute && isOfThisHost(connector));
  const holder = others.find((other) => other.capacity.networks.some(({ first }) => networks.some((own) => own.first === first)));
  if (holder) throwProblem(409, 'net_taken', `compute ${compute}: its addresses (${networks[0]!.first} …) are those of compute ${holder.name}`, 'Give it a range of its own, e.g. process:?net=127.98', { field: 'connector' });
}
