import type { Command } from 'commander';
import { planOrder } from '../endpoints';
import { productOf } from '../ids';
import { tellPlan, type PlanOptions } from '../plan';
import { parseValues } from '../values';
import { jsonCommand, withPlan, type Context } from './shared';

interface LaunchOptions extends PlanOptions {
  compute?: string;
  wait: boolean;
  idempotencyKey?: string;
  json?: boolean;
}

export const launchCommand = (context: Context): Command =>
  withPlan(jsonCommand('launch', 'launch a cluster of a product and follow it until it is ready'))
    .argument('<product/version>', 'e.g. reference/1.0.0')
    .argument('[key=value...]', 'options of the product, e.g. size=2; a value is JSON where it reads as JSON, else text')
    .option('--compute <name>', 'where to launch it; see `grid computes`')
    .option('--wait', 'wait until it is ready', true)
    .option('--no-wait', 'come back as soon as it has its number')
    .option('--idempotency-key <key>', 'launch only once, however often this is run under the same key')
    .action(async (name: string, pairs: string[], options: LaunchOptions) => {
      const args = { ...productOf(name), options: parseValues(pairs), ...options };
      if (options.plan) return tellPlan(context.io, await planOrder(context.api(), args), options);
      const { launchAndFollow } = await import('../launch');
      context.exit = await launchAndFollow(context.api(), args, context.io);
    });
