import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { CLUSTER_OPERATIONS, type ClusterState } from '../../model/cluster';
import { planDestroy, planScale, scaled, type ClusterPlanWish } from '../../model/cluster_plan';
import { objectToPlan, type CommandPlan } from '../../model/command_plan';
import { problem, type Problem } from '../../model/errors';
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
    { validator: ({ order, planned }: Scale) => objectTo(repeated(state) ? undefined : (refuseScale(state) ?? (planned === undefined ? undefined : objectToPlan(planScale(state, order), planned)))) },
  );
  setHandler(defineQuery<CommandPlan | Problem, [ClusterPlanWish]>('plan'), (wish) => planIn(state, wish), { description: 'what a command would do' });
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

const planIn = (state: ClusterState, wish: ClusterPlanWish): CommandPlan | Problem =>
  wish.verb === 'scale' ? (refuseScale(state) ?? planScale(state, wish.order)) : planDestroy(state);

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
  Object.assign(state, scaled(state, order));
  beginOperation(state, 'scale', CLUSTER_OPERATIONS.scale, now());
}
