import { tripleOf } from '../../model/environment/identity';
import type { Differences, TemplateEntry } from '../../model/environment/environment_state';
import type { ExportLine } from '../../model/environment/journal';
import type { EnvironmentService } from '../wire';
import { hue } from './paint';
import type { Paper } from './paper';
import { clean, fit } from './text';

/** Lists in the columns of the original (§5.3). */

type Width = number | { right: number };

const row = (cells: readonly string[], widths: readonly Width[]): string =>
  cells.map((cell, i) => pad(clean(cell), widths[i] ?? 0)).join(' ').trimEnd();

const pad = (text: string, width: Width): string => (typeof width === 'number' ? text.padEnd(width) : text.padStart(width.right));

function list(titles: readonly string[], rule: number, rows: readonly string[][], widths: readonly Width[], paper: Paper): string {
  const [head, ...lines] = [titles, ...rows].map((cells) => fit(row(cells, widths), paper.width));
  return [head, '='.repeat(Math.min(rule, paper.width)), ...lines].join('\n');
}

const NAMES = [20, 30, 20];

export const templatesText = (templates: readonly TemplateEntry[], paper: Paper): string =>
  list(['DOMAIN', 'NAME'], 110, templates.map(({ domain, name }) => [domain, name]), NAMES, paper);

export const installedText = (services: readonly EnvironmentService[], paper: Paper): string =>
  list(['DOMAIN', 'NAME', 'INSTANCE', 'PARENT'], 110, services.map(({ domain, name, instance, parent }) => [domain, name, instance, parent ?? '']), NAMES, paper);

export const nodesText = (nodes: readonly EnvironmentService[], paper: Paper): string => list(['TYPE', 'INSTANCE'], 25, nodes.map(({ name, instance }) => [name, instance]), [15], paper);

/** Newest first, service by service. */
export const exportsText = (exports: readonly (ExportLine & { path: string })[], paper: Paper): string =>
  list(['SERVICE', 'ID', 'STATE', 'WHEN', 'LOCATION'], 110, exports.map(({ path, id, state, at, location }) => [path, String(id), state, new Date(at * 1_000).toISOString(), location]), [40, { right: 4 }, 5, 24], paper);

/** What an apply would do, a line each, and which files were edited by hand. */
export function differencesText({ differences, edited }: Differences, paper: Paper): string {
  const DOES = { new: '+ install', changed: '~ install', gone: '- remove ' } as const;
  const lines = differences.map(({ path, is }) => fit(`${DOES[is]} ${clean(path)}`, paper.width));
  return [...(lines.length > 0 ? lines : ['what runs is what the model says']), ...edited.map((file) => fit(`not committed: ${clean(file)}`, paper.width))].join('\n');
}

export type WithStatus = EnvironmentService & { status: 'RUNNING' | 'HALTED' };

/** The services that have something to run, with whether it does, those that start first on top. */
export const statusesOf = (services: readonly EnvironmentService[]): WithStatus[] =>
  services.filter(({ processes }) => processes > 0)
    .map((one): WithStatus => ({ ...one, status: one.state === 'INSTANCE_STARTED' && one.health !== 'failing' ? 'RUNNING' : 'HALTED' }))
    .sort((a, b) => a.prio - b.prio || compare(orderKey(a), orderKey(b)));

const orderKey = ({ path }: EnvironmentService): string => `${tripleOf(path).domain}_${tripleOf(path).name}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function statusText(services: readonly WithStatus[], paper: Paper): string {
  const rows = services.map(({ domain, name, instance, prio, status, ports }) => [domain, name, instance, String(prio), status, ports.join(' ')]);
  const text = list(['DOMAIN', 'NAME', 'Instance', 'Prio', 'Status', 'Ports'], 70, rows, [15, 20, 10, { right: 4 }, 8], paper);
  return text.replaceAll(/\b(RUNNING|HALTED)\b/g, (word) => hue(word === 'RUNNING' ? 'up' : 'down', paper)(word));
}
