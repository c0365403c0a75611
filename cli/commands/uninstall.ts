import type { Command } from 'commander';
import { serviceOf } from '../ids';
import type { PlanOptions } from '../plan';
import { jsonCommand, withPlan, type Context } from './shared';

export const uninstallCommand = (context: Context): Command =>
  withPlan(jsonCommand('uninstall', 'stop and remove all instances of a service, and give their machines back'))
    .argument('<service>', 'e.g. webserver')
    .option('--wait', 'follow it to its end', false)
    .action(async (name: string, options: PlanOptions & { wait: boolean; json?: boolean }) => {
      const { orderOfService } = await import('../services');
      await orderOfService(context, {
        ...options, service: serviceOf(name), says: 'is being uninstalled', goal: 'destroyed', task: { task: 'uninstall_service_task' },
        taken: ({ state }) => state === 'UNINSTALLING_SERVICE' || state === 'SERVICE_UNINSTALLED',
      });
    });
