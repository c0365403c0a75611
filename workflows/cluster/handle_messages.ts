import { defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { CLUSTER_OPERATIONS, differenceOf, newNode, newRole, nextGeneration, type ClusterState } from '../../model/cluster';
import { problem } from '../../model/errors';
import { beginOperation } from '../../model/lifecycle';
import type { CommandResult, MachineDied, MachineHealthIs, Reserved, Scale, SetRole } from '../../model/messages';
import { refuseScale } from '../../model/verbs';
import { objectTo } from '../lifecycle/fail';
import { outcome, remember, repeated } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { ClusterRun } from './cluster_run';
import { showDegraded } from './node_loss';

/** What others tell a cluster: the compute its grants and lost machines, a user a new order, the script its roles. */
export function handleMessages(run: ClusterRun): void {
  const { state } = run;
  setHandler(defineSignal<[Reserved]>('reserved'), ({ request, result }) => void run.grants.set(request, result));
  setHandler(defineSignal<[MachineDied]>('machineDied'), (death) => noteDeath(run, death));
  setHandler(defineSignal<[MachineHealthIs]>('machineHealthIs'), (news) => noteHealth(run, news));
  setHandler(
    defineUpdate<CommandResult, [Scale]>('scale'),
    ({ order }) => {
      if (remember(state)) beginScale(state, order);
      return outcome(state);
    },
    { validator: (_: Scale) => objectTo(repeated(state) ? undefined : refuseScale(state)) },
  );
  setHandler(
    defineUpdate<CommandResult, [SetRole]>('set_role'),
    ({ role, status }) => {
      if (remember(state)) {
        Object.assign(state.roles.find((r) => r.spec.name === role)!, { status, setByScript: true });
        publish(run);
      }
      return outcome(state);
    },
    {
      validator: ({ role }: SetRole) =>
        objectTo(state.roles.some((r) => r.spec.name === role) ? undefined
          : problem(404, 'role_not_found', `${state.id} has no role ${role}`, `Its roles: ${state.roles.map((r) => r.spec.name).join(', ') || 'none'}.`)),
    },
  );
}

/** Only the machine that is this node's now counts; what was replaced or is on its way out may die. */
function noteDeath(run: ClusterRun, death: MachineDied): void {
  const node = run.state.nodes.find((n) => n.machine === death.machine);
  if (!node || (node.status !== 'running' && node.status !== 'queued')) return;
  Object.assign(node, { status: 'failed', exit: death.exit, lastOutput: death.lastOutput });
  showDegraded(run);
  publish(run);
}

function noteHealth(run: ClusterRun, { machines, unhealthy }: MachineHealthIs): void {
  const changed = run.state.nodes.filter(({ machine, unhealthy: before }) => machines.includes(machine) && before !== unhealthy[machine]?.said);
  if (changed.length === 0) return;
  for (const node of changed) node.unhealthy = unhealthy[node.machine]?.said;
  showDegraded(run);
  publish(run);
}

function beginScale(state: ClusterState, order: Scale['order']): void {
  const { added, changed, removed } = differenceOf(state.order.spec.nodes, order.spec.nodes);
  const fresh = new Map(added.map((spec) => [spec.name, newNode(state.key, spec)]));
  const anew = new Map(changed.map((spec) => [spec.name, spec]));
  const current = new Map(state.nodes.map((n) => [n.spec.name, n]));
  state.retiring = state.nodes.filter((n) => removed.includes(n.spec.name) || anew.has(n.spec.name));
  state.nodes = order.spec.nodes.map((spec) => {
    const node = current.get(spec.name);
    if (!node) return fresh.get(spec.name)!;
    return anew.has(spec.name) ? nextGeneration(state.key, node, spec) : { ...node, spec };
  });
  const roles = new Map(state.roles.map((r) => [r.spec.name, r]));
  state.roles = order.spec.roles.map((spec) => ({ ...(roles.get(spec.name) ?? newRole(spec)), spec }));
  state.next = order;
  beginOperation(state, 'scale', CLUSTER_OPERATIONS.scale, now());
}
