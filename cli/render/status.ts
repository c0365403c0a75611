import type { Readiness } from '../endpoints';
import type { StatusView } from '../wire';
import { lifecyclesTable } from './lists';
import { hue } from './paint';
import type { Paper } from './paper';
import { fit, plural } from './text';

const PLURALS: Record<string, string> = { compute: 'computes', product: 'products', cluster: 'clusters', launch: 'orders', call: 'calls', service: 'services', instance: 'instances', agent: 'agents' };

export function statusText({ counts, waiting, ...up }: Readiness & StatusView & { api: string }, paper: Paper): string {
  const word = (yes: boolean, whatNot: string) => (yes ? hue('up', paper)('up') : hue('down', paper)(whatNot));
  const states = (of: Record<string, number>) => Object.entries(of).map(([state, count]) => `${count} ${state}`).join(', ');
  const part = (name: string, how: string) => `  ${paper.color.dim(name.padEnd(8))}  ${how}`;
  return [
    part('api', `${hue('up', paper)('up')} at ${up.api}`),
    part('temporal', word(up.temporal, 'does not answer')),
    part('workers', word(up.worker, 'none runs: what is going on stands still until one does')),
    ...(waiting.length
      ? ['', paper.color.bold(`${plural(waiting.length, 'lifecycle')} ${waiting.length === 1 ? 'waits' : 'wait'} for a person`), lifecyclesTable(waiting, paper)]
      : []),
    ...(up.temporal ? ['', ...Object.entries(counts).map(([kind, of]) => fit(`  ${PLURALS[kind] ?? kind}: ${states(of)}`, paper.width))] : []),
  ].join('\n');
}
