import { shortId } from '../ids';
import type { ComputeView, Machine, MemberView, Summary } from '../wire';
import type { Paper } from './paper';
import { hue, stateCell } from './paint';
import { table, type Cell, type Column } from './table';
import { since } from '../../model/time';

const detail = (s: Summary, key: string): string => String(s.detail[key] ?? '');

/** The word that needs a person, when there is one, before the reason the running step gives. */
export function whyCell(s: Summary, paper: Paper): Cell {
  const words = s.conditions.map((c) => c.type);
  const text = [words.join(', '), s.reason ?? s.conditions[0]?.reason].filter(Boolean).join(': ');
  return { text, paint: words.includes('Blocked') || words.includes('Degraded') ? hue('blocked', paper) : (t) => t };
}

const CLUSTERS: Column[] = [
  { title: 'CLUSTER', keep: true }, { title: 'STATE', keep: true }, { title: 'NODES', right: true, keep: true }, { title: 'COMPUTE' },
  { title: 'STEP' }, { title: 'CONDITIONS' }, { title: 'AGE', right: true, keep: true },
];

export function clustersTable(clusters: Summary[], paper: Paper): string {
  if (clusters.length === 0) return `no clusters; \`${paper.grid} products\` shows what can be launched`;
  const rows = clusters.map((c) => [
    shortId(c.id), stateCell(detail(c, 'status') || c.state, paper), `${detail(c, 'running') || 0}/${detail(c, 'nodes') || '?'}`, detail(c, 'compute'),
    c.step ?? '', whyCell(c, paper), since(c.createdAt, paper.now),
  ]);
  return table(CLUSTERS, rows, paper);
}

const LIFECYCLES: Column[] = [
  { title: 'LIFECYCLE', keep: true }, { title: 'STATE', keep: true }, { title: 'OWNER' }, { title: 'STEP' }, { title: 'CONDITIONS' }, { title: 'CHANGED', right: true, keep: true },
];

export function lifecyclesTable(lifecycles: Summary[], paper: Paper): string {
  if (lifecycles.length === 0) return 'none';
  const rows = lifecycles.map((l) => [
    l.id, stateCell(l.state, paper), l.owner, l.step ?? '', whyCell(l, paper), since(l.updatedAt, paper.now),
  ]);
  return table(LIFECYCLES, rows, paper);
}

const PRODUCTS: Column[] = [{ title: 'PRODUCT', keep: true }, { title: 'DESCRIPTION' }];

export function productsTable(products: Summary[], paper: Paper): string {
  if (products.length === 0) return 'no products';
  const name = (s: Summary) => s.id.replace(/^product\//, '');
  const sorted = [...products].sort((a, b) => name(a).localeCompare(name(b), 'en', { numeric: true }));
  return table(PRODUCTS, sorted.map((p) => [name(p), detail(p, 'description')]), paper);
}

const MACHINES: Column[] = [
  { title: 'MACHINE', keep: true }, { title: 'STATE', keep: true }, { title: 'COMPUTE' }, { title: 'OWNER' }, { title: 'NODE' }, { title: 'HOST' },
  { title: 'ADDRESS', keep: true }, { title: 'REFERENCE' }, { title: 'AGE', right: true, keep: true },
];

export function machinesTable(machines: Machine[], paper: Paper): string {
  if (machines.length === 0) return 'no machines';
  const rows = machines.map((m) => [
    m.id, stateCell(m.state, paper), m.compute ?? '', shortId(m.owner), m.node, m.host, m.address, referenceOf(m), since(m.startedAt, paper.now),
  ]);
  return table(MACHINES, rows, paper);
}

/** What finds the machine in its driver: the first of what the driver recorded. */
const referenceOf = ({ ref }: Machine): string => Object.entries(ref).slice(0, 1).map(([key, value]) => `${key} ${value}`).join('');

const COMPUTES: Column[] = [
  { title: 'COMPUTE', keep: true }, { title: 'STATE', keep: true }, { title: 'DRIVER' }, { title: 'HOSTS', right: true }, { title: 'CPU', right: true }, { title: 'MEMORY MiB', right: true },
  { title: 'DISKS', right: true }, { title: 'RUNNING', right: true }, { title: 'IN USE BY', right: true }, { title: 'WAITING', right: true },
];

export function computesTable(computes: ComputeView[], paper: Paper): string {
  if (computes.length === 0) return 'no computes';
  const count = (n: number | undefined) => (n ? String(n) : '');
  const rows = computes.map((c) => [
    c.name, stateCell(c.conditions[0]?.type ?? c.state, paper), c.driver, count(c.hosts), c.hosts ? shareText(c.cpuUsed, c.cpuTotal) : '', c.hosts ? shareText(c.memMiBUsed, c.memMiBTotal) : '',
    c.hosts ? shareText(c.disksUsed, c.disksTotal) : '', shareText(c.running, c.wanted), count(c.owners || c.services), count(c.waiting),
  ]);
  return table(COMPUTES, rows, paper);
}

export const shareText = (used = 0, total?: number): string => (total === undefined ? '' : `${Number(used.toFixed(2))}/${Number(total.toFixed(2))}`);

const MEMBERS: Column[] = [
  { title: 'MEMBER', keep: true }, { title: 'STATUS', keep: true }, { title: 'HOST', keep: true }, { title: 'PROCESS', right: true, keep: true }, { title: 'QUEUE' }, { title: 'VERSION' },
  { title: 'CPU %', right: true }, { title: 'MEMORY MiB', right: true }, { title: 'AGE', right: true, keep: true },
];

export function membersTable(members: MemberView[], paper: Paper): string {
  if (members.length === 0) return 'no member; a process joins within seconds of its start';
  const rows = members.map((m) => [
    m.name, stateCell(m.status, paper), m.hostname, String(m.process), m.queue ?? '', m.version ?? '', m.load ? String(m.load.cpu) : '', m.load ? String(m.load.memMiB) : '', since(m.created, paper.now),
  ]);
  return table(MEMBERS, rows, paper);
}
