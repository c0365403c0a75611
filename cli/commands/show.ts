import type { Command } from 'commander';
import { readLifecycle, readMonitored } from '../endpoints';
import { lifecycleIdOf } from '../ids';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const showCommand = (context: Context): Command =>
  jsonCommand('show', 'show one lifecycle: state, steps, nodes or instances, roles, and what can be done')
    .argument('<id>', 'e.g. reference/1.0.0/1, webserver, instance/webserver/0, agent/0 or compute/host')
    .option('--output', 'what the scripts of its steps printed, instead')
    .action(async (name: string, { output, json }: { output?: boolean; json?: boolean }) => {
      const { io } = context;
      const { body: life } = await readLifecycle(context.api(), lifecycleIdOf(name));
      if (json) return printJson(io, life);
      const { outputText, showText } = await import('../render/show');
      const { kind, service, instance, stale } = life;
      const monitored = kind === 'instance' && !stale && service !== undefined && instance !== undefined ? await readMonitored(context.api(), service, instance) : undefined;
      print(io, (output ? outputText : showText)({ ...life, monitored }, paperOf(io)));
    });
