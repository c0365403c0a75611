import type { Command } from 'commander';
import { paperOf, print, printJson } from '../io';
import { listed } from './services';
import { jsonCommand, type Context } from './shared';

export const agentsCommand = (context: Context): Command =>
  jsonCommand('agents', 'list agents: their machines, what runs on them, how often they were restarted')
    .option('--all', 'those of terminated machines too')
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const agents = await listed(context, 'agent', options);
      if (options.json) return printJson(context.io, { agents });
      const { agentsTable } = await import('../render/services');
      print(context.io, agentsTable(agents, paperOf(context.io)));
    });
