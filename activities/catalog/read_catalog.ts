import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../model/errors';
import type { PutCatalog } from '../../model/messages';
import { ProblemError } from '../problem_error';
import { readProduct } from './read_product';

export interface CatalogProduct {
  name: string;
  version: string;
  document: PutCatalog['document'];
}

export interface Catalog {
  /** By name, then by version. */
  products: CatalogProduct[];
  /** What is wrong with the entries that are not among them; the message begins with file and line. */
  problems: Problem[];
}

/**
 * Every product below `<dir>/products/<name>/<version>/` (DESIGN §9, `GRID_CATALOG`). One broken entry does not hide
 * the others; a directory without `products` has none.
 */
export async function readCatalog(dir: string): Promise<Catalog> {
  const catalog: Catalog = { products: [], problems: [] };
  for (const name of await folders(join(dir, 'products'))) {
    for (const version of await folders(join(dir, 'products', name))) {
      try {
        catalog.products.push({ name, version, document: await readProduct(dir, name, version) });
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        catalog.problems.push(error.problem);
      }
    }
  }
  return catalog;
}

async function folders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((e) => !e.isFile() && !e.name.startsWith('.')).map((e) => e.name).sort();
}
