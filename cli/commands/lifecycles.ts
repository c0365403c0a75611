import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import type { Summary } from '../wire';
import { jsonCommand, type Context } from './shared';

interface ListOptions {
  kind?: string;
  blocked?: boolean;
  json?: boolean;
}

export const lifecyclesCommand = (context: Context): Command =>
  jsonCommand('lifecycles', 'list everything that lives in the grid, newest first')
    .option('--kind <kind>', 'only these: cluster, product, compute, launch, service, instance, agent')
    .option('--blocked', 'only what waits for a person')
    .action(async ({ kind, blocked, json }: ListOptions) => {
      const { io } = context;
      const query = { ...(kind ? { kind } : {}), ...(blocked ? { blocked: 'true' } : {}) };
      const lifecycles = await readAll<Summary>(context.api(), 'lifecycles', query);
      if (json) return printJson(io, { lifecycles });
      const { lifecyclesTable } = await import('../render/lists');
      print(io, lifecyclesTable(lifecycles, paperOf(io)));
    });
