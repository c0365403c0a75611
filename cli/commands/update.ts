import type { Command } from 'commander';
import { usage } from '../exit';
import { serviceOf } from '../ids';
import type { PlanOptions } from '../plan';
import { parseData } from '../values';
import type { Shown } from '../wire';
import { jsonCommand, withPlan, type Context } from './shared';

interface UpdateOptions extends PlanOptions {
  data?: string[];
  recipe?: string;
  rollback?: boolean;
  wait: boolean;
  json?: boolean;
}

/** Of the plan that the service follows: every order that it takes is a later one. */
const planOf = (life: Shown | undefined): number => life?.sequence ?? 0;

export const updateCommand = (context: Context): Command =>
  withPlan(jsonCommand('update', 'change what the instances of a service are made of, a few at a time'))
    .argument('<service>', 'e.g. webserver')
    .option('--data <key=value...>', 'values for the recipe that change, e.g. --data param.port=8081')
    .option('--recipe <name>', 'make them of this recipe, or of a newer version of theirs')
    .option('--rollback', 'take the last change back')
    .option('--wait', 'follow it to its end', false)
    .action(async (name: string, options: UpdateOptions) => {
      const { data, recipe, rollback } = options;
      const service = serviceOf(name);
      if (!data && !recipe && !rollback) throw usage('nothing is to be changed', 'give --data, --recipe or --rollback');
      if (rollback && (data || recipe)) throw usage('--rollback goes with nothing else', 'take the last change back, or make another one');
      const { orderOfService } = await import('../services');
      await orderOfService(context, {
        ...options, service, says: 'is being changed', goal: 'ready',
        task: { task: 'update_service_task', ...(recipe ? { recipe } : {}), ...(data ? { data: parseData(data) } : {}), ...(rollback ? { rollback } : {}) },
        taken: (now, before) => planOf(now) > planOf(before),
      });
    });
