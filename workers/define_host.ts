import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Config } from '../config';
import { computeId } from '../model/ids';
import { ensureEntity } from './entities';

/** The compute that needs nothing installed: processes on this very machine (DESIGN §9). */
export const defineHost = (client: Client, config: Config): Promise<void> =>
  ensureEntity(client, { workflow: 'compute', id: computeId('host'), input: { name: 'host', connector: connectorOf(config) }, summary: 'compute host: processes on this machine' });

/** Machines of two grids on one host must not meet on the loopback net: only the default home has 127.77. */
function connectorOf({ home }: Config): string {
  if (home === join(homedir(), '.service-grid')) return 'process:';
  const octet = 78 + (createHash('sha256').update(home).digest().readUInt32BE(0) % 150);
  return `process:?net=127.${octet}`;
}
