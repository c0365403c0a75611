import type { NodeView, RoleView } from '../../model/cluster_views';
import type { Paper } from './paper';
import { stateCell } from './paint';
import { table, type Column } from './table';

const NODES: Column[] = [
  { title: 'NODE', keep: true }, { title: 'STATUS', keep: true }, { title: 'HOST' }, { title: 'ADDRESS', keep: true }, { title: 'CPU', right: true }, { title: 'MEM MiB', right: true },
  { title: 'DISKS' }, { title: 'NETWORKS' }, { title: 'MACHINE' }, { title: 'ENDED' },
];

/** How a machine came to its end: `exit 1`, `SIGKILL`. */
export const endOf = ({ exit }: NodeView): string => (exit ? (exit.signal ?? (exit.code === null ? 'lost' : `exit ${exit.code}`)) : '');

export function nodesTable(nodes: NodeView[], paper: Paper): string {
  if (nodes.length === 0) return 'no nodes';
  const rows = nodes.map((n) => [
    n.name, stateCell(n.unhealthy === undefined || n.status !== 'running' ? n.status : 'unhealthy', paper), n.host, n.address, String(n.cpu), String(n.mem), n.disks.map((d) => d.name).join(' '),
    n.networks.map((net) => `${net.name}=${net.address}`).join(' '), n.machine, endOf(n),
  ]);
  return table(NODES, rows, paper);
}

const ROLES: Column[] = [{ title: 'ROLE', keep: true }, { title: 'STATUS', keep: true }, { title: 'NODES' }, { title: 'PROPERTIES' }];

export function rolesTable(roles: RoleView[], paper: Paper): string {
  const properties = (role: RoleView) => Object.entries(role.properties).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' ');
  return table(ROLES, roles.map((r) => [r.name, stateCell(r.status, paper), r.nodes.join(' '), properties(r)]), paper);
}
