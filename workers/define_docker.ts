import { existsSync } from 'node:fs';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { allComputes } from '../activities/machines/all_computes';
import { findLocalEngine } from '../activities/machines/docker/local_engine';
import { ownersOf, unclaimedAmong } from '../activities/machines/unclaimed';
import { gridIdOf, type Config } from '../config';
import { computeId } from '../model/ids';
import type { ComputeInput } from '../model/messages';
import { claimNet } from './claim_net';
import { ensureEntity } from './entities';

const NAME = 'docker';

/** The engine of this host as a compute, where one answers and nobody defined a compute of this name (DESIGN §9). */
export async function defineDocker(client: Client, config: Config, log: Pick<Logger, 'info'>): Promise<void> {
  const { dockerSocket: socket, home } = config;
  if (!socket || !existsSync(socket) || (await isDefined(client))) return;
  const taken = (await allComputes(client)).flatMap(({ capacity }) => capacity.networks);
  const engine = await findLocalEngine({ name: NAME, grid: gridIdOf(config) }, socket, Number(claimNet(home).split('.')[1]), taken);
  if (!engine) return;
  const { machines, ...found } = engine;
  const unclaimed = unclaimedAmong(machines, await ownersOf(client, machines));
  await ensureEntity(client, { workflow: 'compute', id: computeId(NAME), summary: `compute ${NAME}: containers of this host`, input: { name: NAME, found: true, ...found, unclaimed } satisfies ComputeInput });
  log.info({ lifecycle: computeId(NAME), socket }, 'the Docker engine of this host answers');
}

async function isDefined(client: Client): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(computeId(NAME)).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
