import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { orderScale, readLifecycle } from '../endpoints';
import { clusterIdOf, dnOf, shortId } from '../ids';
import { print, printJson } from '../io';
import { parseValues } from '../values';
import { jsonCommand, type Context } from './shared';

export const scaleCommand = (context: Context): Command =>
  jsonCommand('scale', 'give a cluster other options; only the difference is touched')
    .argument('<cluster>', 'e.g. reference/1.0.0/1')
    .argument('<key=value...>', 'the options that change, e.g. size=3')
    .option('--wait', 'follow it to its end')
    .action(async (name: string, pairs: string[], { wait, json }: { wait?: boolean; json?: boolean }) => {
      const { io } = context;
      const api = context.api();
      const id = clusterIdOf(name);
      const options = parseValues(pairs);
      const { arrival, followToEnd } = await import('../launch');
      const { body: before } = await readLifecycle(api, id);
      const queue = await orderScale(api, dnOf(id), options, randomUUID());
      await arrival(api, queue, io);
      if (wait) context.exit = await followToEnd(api, id, io, { goal: 'done', after: before.revision, before, json });
      else if (json) printJson(io, { id, queue: api.base + queue });
      else print(io, `${shortId(id)}: scale accepted`);
    });
