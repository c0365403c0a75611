import type { Command } from 'commander';
import { readAll, readOptions, readProduct } from '../endpoints';
import { productOf } from '../ids';
import { paperOf, print, printJson } from '../io';
import type { Summary } from '../wire';
import { jsonCommand, type Context } from './shared';

export function productsCommand(context: Context): Command {
  const { io } = context;
  return jsonCommand('products', 'list what can be launched')
    .enablePositionalOptions()
    .action(async ({ json }: { json?: boolean }) => {
      const found = await readAll<Summary>(context.api(), 'lifecycles', { kind: 'product' });
      // Revision 0: somebody wrote to a product that nobody has made.
      const products = found.filter((p) => p.detail['documentRevision'] !== 0);
      if (json) return printJson(io, { products });
      const { productsTable } = await import('../render/lists');
      print(io, productsTable(products, paperOf(io)));
    })
    .addCommand(showCommand(context));
}

const showCommand = (context: Context): Command =>
  jsonCommand('show', 'show the options of a product, with their meaning and defaults')
    .argument('<product/version>', 'e.g. reference/1.0.0')
    .action(async (name: string, { json }: { json?: boolean }) => {
      const { product, version } = productOf(name);
      const api = context.api();
      const [metadata, options] = await Promise.all([readProduct(api, product, version), readOptions(api, product, version)]);
      if (json) return printJson(context.io, { ...metadata, options });
      const { productText } = await import('../render/product');
      print(context.io, productText(metadata, options, paperOf(context.io)));
    });
