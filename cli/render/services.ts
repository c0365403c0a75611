import type { Summary } from '../wire';
import { whyCell } from './lists';
import { stateCell } from './paint';
import type { Paper } from './paper';
import { table, type Column } from './table';
import { since } from '../../model/time';

const text = ({ detail }: Summary, key: string): string => String(detail[key] ?? '');
const nameIn = ({ id }: Summary): string => id.slice(id.indexOf('/') + 1);

const byName = (list: readonly Summary[]): Summary[] => [...list].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));

const SERVICES: Column[] = [
  { title: 'SERVICE', keep: true }, { title: 'STATE', keep: true }, { title: 'UP', right: true, keep: true }, { title: 'LIMITS' }, { title: 'RECIPE' },
  { title: 'GENERATION', right: true }, { title: 'CONDITIONS' }, { title: 'AGE', right: true, keep: true },
];

/** Services with instances that are up of those that are planned. */
export function servicesTable(services: readonly Summary[], paper: Paper): string {
  if (services.length === 0) return `no services; \`${paper.grid} install webserver\` makes one`;
  const rows = byName(services).map((s) => [
    nameIn(s), stateCell(s.state, paper), `${text(s, 'up')}/${text(s, 'planned')}`, `${text(s, 'min')}–${text(s, 'max')}`, text(s, 'recipe'),
    text(s, 'generation'), whyCell(s, paper), since(s.createdAt, paper.now),
  ]);
  return table(SERVICES, rows, paper);
}

const INSTANCES: Column[] = [
  { title: 'INSTANCE', keep: true }, { title: 'STATE', keep: true }, { title: 'HEALTH', keep: true }, { title: 'AGENT' }, { title: 'HOST' }, { title: 'ADDRESS', keep: true },
  { title: 'GENERATION', right: true }, { title: 'CONDITIONS' }, { title: 'AGE', right: true, keep: true },
];

export function instancesTable(instances: readonly Summary[], paper: Paper): string {
  if (instances.length === 0) return 'no instances';
  const rows = byName(instances).map((i) => [
    i.id, stateCell(i.state, paper), stateCell(text(i, 'health'), paper), `agent/${text(i, 'agent')}`, text(i, 'host'), text(i, 'address'),
    text(i, 'generation'), whyCell(i, paper), since(i.createdAt, paper.now),
  ]);
  return table(INSTANCES, rows, paper);
}

const AGENTS: Column[] = [
  { title: 'AGENT', keep: true }, { title: 'STATE', keep: true }, { title: 'COMPUTE' }, { title: 'HOST' }, { title: 'ADDRESS', keep: true }, { title: 'INSTANCES', keep: true },
  { title: 'RESTARTS', right: true }, { title: 'MACHINES', right: true }, { title: 'CONDITIONS' }, { title: 'AGE', right: true, keep: true },
];

/** Agents with restarts of their process, and how many machines they have had. */
export function agentsTable(agents: readonly Summary[], paper: Paper): string {
  if (agents.length === 0) return 'no agents';
  const rows = byName(agents).map((a) => [
    a.id, stateCell(a.state, paper), text(a, 'compute'), text(a, 'host'), text(a, 'address'), text(a, 'instances'),
    text(a, 'agentRestarts'), String(Number(a.detail['machineRestarts'] ?? 0) + 1), whyCell(a, paper), since(a.createdAt, paper.now),
  ]);
  return table(AGENTS, rows, paper);
}
