import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ComputeDefinition } from '../model/computes_file';
import { computeId } from '../model/ids';
import type { CommandResult, ComputeDocument, DefineCompute } from '../model/messages';
import { ensureEntity } from './entities';

/**
 * The computes of GRID_COMPUTES, one after the other, so that the first of the file is the first that was defined
 * (G-11). One that cannot be asked yet is there nevertheless and says why; one that is used keeps its connector.
 */
export async function defineComputes(client: Client, computes: readonly ComputeDefinition[], log: Pick<Logger, 'warn'>): Promise<void> {
  for (const { name, connector } of computes) {
    await ensureEntity(client, { workflow: 'compute', id: computeId(name), summary: `compute ${name}: ${connector}`, input: { name, connector } });
    await follow(client, name, connector).catch((error: unknown) => log.warn({ lifecycle: computeId(name), err: (error as Error).cause ?? error }, 'stays as it is'));
  }
}

async function follow(client: Client, name: string, connector: string): Promise<void> {
  const handle = client.workflow.getHandle(computeId(name));
  const { connector: had } = await handle.query<ComputeDocument>('document');
  if (had !== connector) await handle.executeUpdate<CommandResult, [DefineCompute]>('define', { args: [{ connector }] });
}
