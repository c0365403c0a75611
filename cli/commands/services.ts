import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { serviceOf } from '../ids';
import { paperOf, print, printJson } from '../io';
import { OVER } from '../../model/states';
import type { Summary } from '../wire';
import { jsonCommand, type Context } from './shared';

interface ListOptions {
  all?: boolean;
  json?: boolean;
}

/** Everything of a kind, newest first; what is over only where it is asked for. */
export async function listed(context: Context, kind: 'service' | 'instance' | 'agent', { all }: ListOptions): Promise<Summary[]> {
  const found = await readAll<Summary>(context.api(), 'lifecycles', { kind });
  return all ? found : found.filter(({ state }) => !OVER.includes(state));
}

export const servicesCommand = (context: Context): Command =>
  jsonCommand('services', 'list services: how many instances are up, of what, and what is the matter')
    .option('--all', 'uninstalled ones too')
    .action(async (options: ListOptions) => {
      const services = await listed(context, 'service', options);
      if (options.json) return printJson(context.io, { services });
      const { servicesTable } = await import('../render/services');
      print(context.io, servicesTable(services, paperOf(context.io)));
    });

export const instancesCommand = (context: Context): Command =>
  jsonCommand('instances', 'list instances of services: where they run and how they are')
    .argument('[service]', 'only of this one')
    .option('--all', 'stopped ones too')
    .action(async (name: string | undefined, options: ListOptions) => {
      const service = name === undefined ? undefined : serviceOf(name);
      const found = await listed(context, 'instance', options);
      const instances = found.filter(({ detail }) => service === undefined || detail['service'] === service);
      if (options.json) return printJson(context.io, { instances });
      const { instancesTable } = await import('../render/services');
      print(context.io, instancesTable(instances, paperOf(context.io)));
    });
