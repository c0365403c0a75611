import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { readCatalog } from '../activities/catalog/read_catalog';
import { productId } from '../model/ids';
import type { PutCatalog, PutResult } from '../model/messages';
import { updateEntity } from './entities';

/** Puts the catalog's products where they are absent, or still as the catalog last left them. */
export async function loadCatalog(client: Client, catalog: string, log: Pick<Logger, 'warn'>): Promise<void> {
  const { products, problems } = await readCatalog(catalog);
  for (const { message } of problems) log.warn(`catalog: ${message}`);
  for (const { name, version, document } of products) {
    const entity = { workflow: 'product' as const, id: productId(name, version), input: { name, version }, summary: `product ${name} ${version}` };
    await updateEntity<PutResult>(client, entity, 'put_catalog', { document } satisfies PutCatalog);
  }
}
