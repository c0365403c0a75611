import type { Client } from '@temporalio/client';
import type { Config } from '../config';
import { computeId } from '../model/ids';
import { claimNet } from './claim_net';
import { ensureEntity } from './entities';

/** The compute that needs nothing installed: processes on this very machine (DESIGN §9). */
export const defineHost = (client: Client, { home }: Config): Promise<void> =>
  ensureEntity(client, {
    workflow: 'compute', id: computeId('host'), summary: 'compute host: processes on this machine',
    input: { name: 'host', connector: `process:?net=${claimNet(home)}` },
  });
