import { Option, type Command } from 'commander';
import { GROUPINGS, ranked, type Grouping } from '../../model/top';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const topCommand = (context: Context): Command =>
  jsonCommand('top', 'show who uses what: machines, cpu and memory that are reserved, and what is taken of them where it is measured; the largest first')
    .addOption(new Option('--by <what>', 'a line for each cluster and service, for each owner, or for each compute').choices(GROUPINGS).default('who'))
    .action(async ({ by, json }: { by: Grouping; json?: boolean }) => {
      const { io } = context;
      const { readUses } = await import('../uses');
      const { uses, computes } = await readUses(context.api());
      if (json) return printJson(io, { uses: ranked(uses, by), computes });
      const { topText } = await import('../render/top');
      print(io, topText(ranked(uses, by), computes, by, paperOf(io)));
    });
