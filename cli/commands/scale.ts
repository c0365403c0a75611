import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { orderScale, planScale, readLifecycle } from '../endpoints';
import { usage } from '../exit';
import { clusterIdOf, dnOf, meansService, serviceOf, shortId } from '../ids';
import { print, printJson } from '../io';
import { tellPlan, type PlanOptions } from '../plan';
import { parseValues, wholeNumber } from '../values';
import { jsonCommand, withPlan, type Context } from './shared';

interface ScaleOptions extends PlanOptions {
  wait?: boolean;
  json?: boolean;
}

export const scaleCommand = (context: Context): Command =>
  withPlan(jsonCommand('scale', 'give a service another number of instances, or a cluster other options; only the difference is touched'))
    .argument('<service or cluster>', 'e.g. webserver or reference/1.0.0/1')
    .argument('<number or key=value...>', 'how many instances, e.g. 3; of a cluster the options that change, e.g. size=3')
    .option('--wait', 'follow it to its end')
    .action(async (name: string, words: string[], options: ScaleOptions) => {
      if (meansService(name)) return scaleService(context, name, words, options);
      return scaleCluster(context, name, words, options);
    });

async function scaleService(context: Context, name: string, [number = '', ...more]: string[], { wait = false, ...options }: ScaleOptions): Promise<void> {
  if (more.length > 0) throw usage('a service is scaled to one number', 'write e.g. `grid scale webserver 3`');
  const planned = wholeNumber('the number of instances', number);
  const { orderOfService } = await import('../services');
  await orderOfService(context, {
    service: serviceOf(name), says: `is being scaled to ${planned}`, goal: 'ready', wait, ...options,
    task: { task: 'scale_service_task', planned_number_of_instances: planned },
    taken: (now) => now.wish?.planned === planned,
  });
}

async function scaleCluster(context: Context, name: string, pairs: string[], { wait, json, plan, planHash }: ScaleOptions): Promise<void> {
  const { io } = context;
  const api = context.api();
  const id = clusterIdOf(name);
  const options = parseValues(pairs);
  if (plan) return tellPlan(io, await planScale(api, dnOf(id), options), { json });
  const { arrival, followToEnd } = await import('../launch');
  const { body: before } = await readLifecycle(api, id);
  const queue = await orderScale(api, dnOf(id), options, randomUUID(), planHash);
  await arrival(api, queue, io);
  if (wait) context.exit = await followToEnd(api, id, io, { goal: 'done', after: before.revision, before, json });
  else if (json) printJson(io, { id, queue: api.base + queue });
  else print(io, `${shortId(id)}: scale accepted`);
}
