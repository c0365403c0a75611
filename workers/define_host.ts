import type { Client } from '@temporalio/client';
import { computeId } from '../model/ids';
import { ensureEntity } from './entities';

/** The compute that needs nothing installed: processes on this very machine (DESIGN §9). */
export const defineHost = (client: Client): Promise<void> =>
  ensureEntity(client, { workflow: 'compute', id: computeId('host'), input: { name: 'host', connector: 'process:' }, summary: 'compute host: processes on this machine' });
