import type { Command } from 'commander';
import { serviceOf } from '../ids';
import type { PlanOptions } from '../plan';
import { parseData, wholeNumber } from '../values';
import { jsonCommand, withPlan, type Context } from './shared';

interface InstallOptions extends PlanOptions {
  instances: string;
  min?: string;
  max?: string;
  name?: string;
  data?: string[];
  compute?: string;
  wait: boolean;
  idempotencyKey?: string;
  json?: boolean;
}

export const installCommand = (context: Context): Command =>
  withPlan(jsonCommand('install', 'install a service and follow it until all its instances are up'))
    .argument('<recipe>', 'what its instances are made of, e.g. webserver')
    .option('-n, --instances <number>', 'how many instances', '1')
    .option('--min <number>', 'never fewer than these (1, or fewer where fewer are asked for)')
    .option('--max <number>', 'never more than these (as many as are asked for)')
    .option('--name <name>', 'name of the service (that of the recipe)')
    .option('--data <key=value...>', 'values for the recipe, e.g. --data param.port=8081')
    .option('--compute <name>', 'where its machines come from; see `grid computes`')
    .option('--wait', 'wait until it is installed', true)
    .option('--no-wait', 'come back as soon as it is ordered')
    .option('--idempotency-key <key>', 'install only once, however often this is run under the same key')
    .action(async (recipe: string, options: InstallOptions) => {
      const planned = wholeNumber('-n', options.instances);
      const service = serviceOf(options.name ?? recipe);
      const { orderOfService } = await import('../services');
      await orderOfService(context, {
        ...options, service, says: 'is being installed', goal: 'ready',
        task: {
          task: 'install_service_task', display_name: service, planned_number_of_instances: planned,
          max_number_of_instances: options.max === undefined ? planned : wholeNumber('--max', options.max),
          min_number_of_instances: options.min === undefined ? Math.min(1, planned) : wholeNumber('--min', options.min),
          recipe, ...(options.data ? { data: parseData(options.data) } : {}), ...(options.compute ? { compute: options.compute } : {}),
        },
        taken: (now, before) => now.createdAt !== before?.createdAt,
      });
    });
