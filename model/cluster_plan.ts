import { differenceOf, newCluster, newNode, newRole, nextGeneration, type ClusterNode, type ClusterOrder, type ClusterState } from './cluster';
import { planOf, type CommandPlan, type Effect } from './command_plan';
import { clusterId, type ClusterKey } from './ids';
import type { NodeSpec } from './node';

/** What a cluster is asked to plan (query `plan`). */
export type ClusterPlanWish = { verb: 'scale'; order: ClusterOrder } | { verb: 'destroy' };

/** Nodes that a step which starts machines starts: all that do not run. */
export const asleep = ({ nodes }: Pick<ClusterState, 'nodes'>): ClusterNode[] => nodes.filter((n) => n.status !== 'running');

/** The cluster as a scale to this order begins to make it: what stays, what comes, what is on its way out. */
export function scaled({ key, order, nodes, roles: had }: ClusterState, next: ClusterOrder): Pick<ClusterState, 'nodes' | 'retiring' | 'roles' | 'next'> {
  const { added, changed, removed } = differenceOf(order.spec.nodes, next.spec.nodes);
  const fresh = new Map(added.map((spec) => [spec.name, newNode(key, spec)]));
  const anew = new Map(changed.map((spec) => [spec.name, spec]));
  const current = new Map(nodes.map((n) => [n.spec.name, n]));
  const roles = new Map(had.map((r) => [r.spec.name, r]));
  return {
    retiring: nodes.filter((n) => removed.includes(n.spec.name) || anew.has(n.spec.name)),
    nodes: next.spec.nodes.map((spec) => {
      const node = current.get(spec.name);
      if (!node) return fresh.get(spec.name)!;
      return anew.has(spec.name) ? nextGeneration(key, node, spec) : { ...node, spec };
    }),
    roles: next.spec.roles.map((spec) => ({ ...(roles.get(spec.name) ?? newRole(spec)), spec })),
    next,
  };
}

/** What a launch makes under this number. */
export function planLaunch(key: ClusterKey, order: ClusterOrder): CommandPlan {
  const effects = newCluster(key, order, '').nodes.map(({ spec, machine }): Effect => ({ kind: 'node', id: spec.name, effect: 'create', machine, machineEffect: 'create', reason: 'it is ordered' }));
  return planOf({ verb: 'launch', of: clusterId(key), effects, also: scriptOf(order) }, order);
}

/** What a scale to this order does to each node, by the same functions that begin it and start machines. */
export function planScale(state: ClusterState, order: ClusterOrder): CommandPlan {
  const after = scaled(state, order);
  const before = new Map(state.nodes.map((n) => [n.spec.name, n]));
  const started = new Set(asleep(after));
  const names = new Set(after.nodes.map((n) => n.spec.name));
  const stays = after.nodes.map((node) => effectOn(node, before.get(node.spec.name), started.has(node)));
  const goes = after.retiring.filter((n) => !names.has(n.spec.name)).map((n) => removed(n, 'it is ordered no more'));
  return planOf({ verb: 'scale', of: state.id, effects: [...stays, ...goes], also: scriptOf(order) }, order);
}

function effectOn({ spec, machine }: ClusterNode, had: ClusterNode | undefined, starts: boolean): Effect {
  const about = { kind: 'node' as const, id: spec.name, machine };
  if (!had) return { ...about, effect: 'create', machineEffect: 'create', reason: 'it is ordered' };
  if (had.machine !== machine) return { ...about, effect: 'replace', machineEffect: 'replace', reason: specDifference(had.spec, spec) };
  if (starts) return { ...about, effect: 'restart', machineEffect: 'restart', reason: `it does not run: ${had.status}` };
  return { ...about, effect: 'none', machineEffect: 'none', reason: 'it is as it is ordered' };
}

/** What taking it down takes. */
export function planDestroy(state: ClusterState): CommandPlan {
  const effects = state.state === 'destroyed' ? [] : [...state.nodes, ...state.retiring].map((n) => removed(n, 'the cluster is taken down'));
  return planOf({ verb: 'destroy', of: state.id, effects }, null);
}

const removed = ({ spec, machine }: ClusterNode, reason: string): Effect => ({ kind: 'node', id: spec.name, effect: 'remove', machine, machineEffect: 'remove', reason });

const scriptOf = ({ script }: ClusterOrder): string[] => (script ? ['the orchestrator script runs: start'] : []);

/** What is told with its values; values of all else may be long, or a secret. */
const PLAIN = ['image', 'cpu', 'memMiB'] as const;

function specDifference(had: NodeSpec, wanted: NodeSpec): string {
  const [was, is] = [{ ...had }, { ...wanted }] as Record<string, unknown>[];
  const fields = [...new Set([...Object.keys(was!), ...Object.keys(is!)])].filter((name) => !['roles', 'placement'].includes(name) && JSON.stringify(was![name]) !== JSON.stringify(is![name]));
  return fields.map((name) => {
    if ((PLAIN as readonly string[]).includes(name)) return `${name} ${String(was![name] ?? 'none')} → ${String(is![name] ?? 'none')}`;
    return name === 'env' ? `env ${keysThatDiffer(had.env, wanted.env).join(', ')} differs` : `${name} differs`;
  }).join('; ');
}

/** Names that one has and the other has not, or with another value. */
export const keysThatDiffer = (one: Record<string, unknown>, other: Record<string, unknown>): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
