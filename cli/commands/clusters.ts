import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import type { Summary } from '../wire';
import { jsonCommand, type Context } from './shared';

export const clustersCommand = (context: Context): Command =>
  jsonCommand('clusters', 'list clusters, newest first')
    .option('--all', 'destroyed ones too')
    .action(async ({ all, json }: { all?: boolean; json?: boolean }) => {
      const { io } = context;
      const found = await readAll<Summary>(context.api(), 'lifecycles', { kind: 'cluster' });
      const clusters = all ? found : found.filter((c) => c.state !== 'destroyed');
      if (json) return printJson(io, { clusters });
      const { clustersTable } = await import('../render/lists');
      print(io, clustersTable(clusters, paperOf(io)));
    });
