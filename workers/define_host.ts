import type { Client } from '@temporalio/client';
import type { Config } from '../config';
import { computeId } from '../model/ids';
import { claimNet } from './claim_net';
import { ensureEntity } from './entities';

/**
 * The compute that is taken where none is named: processes on this very machine, which need nothing installed (DESIGN §9), unless
 * there are several control workers, which have to mean the same place. What it was first is what it stays.
 */
export const defineHost = (client: Client, { home, host }: Pick<Config, 'home' | 'host'>): Promise<void> =>
  ensureEntity(client, {
    workflow: 'compute', id: computeId('host'), summary: `compute host: ${host ?? 'processes on this machine'}`,
    input: { name: 'host', connector: host ?? `process:?net=${claimNet(home)}` },
  });
