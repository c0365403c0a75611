import type { Command } from 'commander';
import { usage } from '../exit';
import { lifecycleIdOf } from '../ids';
import { jsonCommand, type Context } from './shared';

export const watchCommand = (context: Context): Command =>
  jsonCommand('watch', 'show a lifecycle live until it is ready or destroyed, or without one everything that changes (with --json: a document a line)')
    .argument('[id]', 'e.g. reference/1.0.0/1, service/webserver or agent/0')
    .option('--kind <kind>', 'without an id: only these, e.g. cluster')
    .action(async (name: string | undefined, { json, kind }: { json?: boolean; kind?: string }) => {
      const { io } = context;
      if (name === undefined) return (await import('../watch_all')).watchAll(context.api(), io, { kind, json });
      if (kind !== undefined) throw usage('one lifecycle has one kind', 'name it, or give --kind');
      const id = lifecycleIdOf(name);
      const [{ follow }, { jsonLines, progressView }] = await Promise.all([import('../follow'), import('../views')]);
      const { outcome } = await follow(context.api(), id, io, json ? jsonLines(io) : progressView(io), 'end');
      context.exit = outcome.exit;
    });
