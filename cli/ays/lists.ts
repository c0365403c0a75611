import { join } from 'node:path';
import type { Context } from '../commands/shared';
import { readEnvironment, readTemplates } from '../endpoints';
import { EXIT } from '../exit';
import { paperOf, print, printJson } from '../io';
import { exportsText, installedText, nodesText, statusesOf, statusText, templatesText } from '../render/ays';
import type { EnvironmentService } from '../wire';
import { selectionOf, type Selecting } from './request';

export interface ListOptions extends Selecting {
  installed?: boolean;
  json?: boolean;
}

/** What can be installed, or what is. */
export async function listAll({ io, api }: Context, options: ListOptions): Promise<void> {
  if (options.installed) {
    const services = await selected({ api }, options);
    return options.json ? printJson(io, { services }) : print(io, installedText(services, paperOf(io)));
  }
  const templates = await readTemplates(api(), selectionOf(options));
  return options.json ? printJson(io, { templates }) : print(io, templatesText(templates, paperOf(io)));
}

/** Whether what should run does; the exit code says it too. */
export async function tellStatus(context: Context, options: ListOptions): Promise<void> {
  const { io } = context;
  const services = statusesOf(await selected(context, options));
  if (services.some(({ status }) => status === 'HALTED')) context.exit = EXIT.error;
  return options.json ? printJson(io, { services }) : print(io, statusText(services, paperOf(io)));
}

export async function listNodes(context: Context, options: ListOptions): Promise<void> {
  const { io } = context;
  const nodes = (await selected(context, options)).filter(({ categories }) => categories.includes('node'));
  return options.json ? printJson(io, { nodes }) : print(io, nodesText(nodes, paperOf(io)));
}

export async function listExports({ io, api }: Context, options: ListOptions): Promise<void> {
  const exported = (await selected({ api }, options)).flatMap(({ path, exports = [] }) => exports.map((line) => ({ path, ...line })));
  return options.json ? printJson(io, { exports: exported }) : print(io, exportsText(exported, paperOf(io)));
}

/** Where the model is; of services that are selected, where each of them is. */
export async function tellPath({ io, api }: Context, { json, ...options }: ListOptions): Promise<void> {
  const selection = selectionOf(options);
  const { path, services } = await readEnvironment(api(), selection);
  const paths = Object.keys(selection).length > 0 ? services.map((one) => join(path, 'services', one.path)) : [path];
  return json ? printJson(io, { paths }) : print(io, paths.join('\n'));
}

/** A target is a node: itself, and what is on it. */
async function selected({ api }: Pick<Context, 'api'>, { targetname, targettype, ...options }: ListOptions): Promise<EnvironmentService[]> {
  const { services } = await readEnvironment(api(), selectionOf(options));
  if (targetname === undefined && targettype === undefined) return services;
  const all = (await readEnvironment(api(), {})).services;
  const nodes = all.filter(({ categories, instance, path, name }) =>
    categories.includes('node') && (targetname === undefined || targetname === instance || targetname === path) && (targettype === undefined || targettype === name));
  const names = nodes.flatMap(({ instance, path }) => [instance, path]);
  return services.filter(({ path, producers }) => names.includes(producers['node'] ?? '') || names.includes(path));
}
