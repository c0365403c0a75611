import { condition } from '@temporalio/workflow';
import { agentId, instanceId } from '../../model/ids';
import type { Step } from '../../model/lifecycle';
import { isGone, mayGo, surplus, surplusAgents } from '../../model/services/difference';
import type { Leave } from '../../model/services/messages';
import { instancePath } from '../../model/services/task';
import type { KnownInstance } from '../../model/services/service_state';
import { publish } from '../lifecycle/publish';
import { tell } from '../lifecycle/tell';
import { recordTask } from './record_task';
import type { ServiceRun } from './service_run';

/** Has every instance stopped that is not planned any more, then its machine terminated (SG-32, SG-33). */
export const stopSurplus = (run: ServiceRun) => async (step: Step) => {
  const { state } = run;
  for (;;) {
    const seen = run.news;
    const going = mayGo(state);
    await stopThese(run, going);
    const agents = surplusAgents(state);
    await Promise.all(agents.map((n) => terminate(run, n)));
    if (surplus(state).length === 0 && surplusAgents(state).length === 0) return;
    step.waitingFor = [...surplus(state).map((i) => `instance ${i.instance}: ${going.includes(i) ? i.reason || i.progress : 'goes when what takes its place is up'}`), ...agents.map((n) => `agent ${n} to terminate`)].slice(0, 5).join('; ');
    publish(run);
    await condition(() => run.news !== seen);
  }
};

/** Asks those to go that were not asked yet, and forgets those that have gone. */
export async function stopThese(run: ServiceRun, going: readonly KnownInstance[]): Promise<void> {
  await Promise.all(going.filter((i) => !i.leaving).map((i) => letGo(run, i)));
  for (const gone of going.filter(isGone)) forget(run, gone);
}

async function letGo(run: ServiceRun, known: KnownInstance): Promise<void> {
  const { state } = run;
  known.leaving = true;
  known.up = false;
  const because: Leave = { because: state.plan.uninstall ? 'uninstall' : 'scale in' };
  if (await tell(instanceId(state.service, known.instance), 'leave', because)) return;
  known.progress = 'INSTANCE_STOPPED';
  run.news += 1;
}

function forget(run: ServiceRun, known: KnownInstance): void {
  const { state } = run;
  if (!state.instances.includes(known)) return;
  run.news += 1;
  state.instances = state.instances.filter((i) => i !== known);
  recordTask(state, 'remove_service_instance_task', { instance_id: instancePath(state.service, known.instance) });
}

/** Asked again by every look, which changes nothing; one that is gone is terminated. */
async function terminate(run: ServiceRun, agent: number): Promise<void> {
  const { state } = run;
  if (await tell(agentId(agent), 'terminate', {})) return;
  run.news += 1;
  state.agents = state.agents.filter((n) => n !== agent);
}
