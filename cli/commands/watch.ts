import type { Command } from 'commander';
import { lifecycleIdOf } from '../ids';
import { jsonCommand, type Context } from './shared';

export const watchCommand = (context: Context): Command =>
  jsonCommand('watch', 'show a lifecycle live until it is ready or destroyed (with --json: a document a line)')
    .argument('<id>', 'e.g. reference/1.0.0/1, service/webserver or agent/0')
    .action(async (name: string, { json }: { json?: boolean }) => {
      const { io } = context;
      const id = lifecycleIdOf(name);
      const [{ follow }, { jsonLines, progressView }] = await Promise.all([import('../follow'), import('../views')]);
      const { outcome } = await follow(context.api(), id, io, json ? jsonLines(io) : progressView(io), 'end');
      context.exit = outcome.exit;
    });
