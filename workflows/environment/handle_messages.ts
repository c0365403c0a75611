import { defineSignal, setHandler } from '@temporalio/workflow';
import type { Order } from '../../model/environment/orders';
import { blockedStep, clearCondition, setCondition } from '../../model/lifecycle';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import type { AgentStands } from '../../model/services/messages';
import { publishSoon } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { ModelledRun } from './modelled_instance';

/** What others tell an instance of the environment: runs what it is to do, its agent whether it works, its agent's process how it is. */
export function handleMessages(run: ModelledRun): void {
  const { state } = run;
  setHandler(defineSignal<[Order]>('order'), (order) => take(run, order));
  setHandler(defineSignal<[AgentStands]>('agentStands'), (stands) => noteAgent(run, stands));
  setHandler(defineSignal<[InstanceVitals]>('vitals'), (vitals) => {
    if (vitals.generation !== state.making?.generation) return;
    state.vitals = vitals;
    if (vitals.health === 'failing') setCondition(state, 'Degraded', 'failing', vitals.reason ?? 'its check fails', now());
    else clearCondition(state, 'Degraded');
    publishSoon(run);
  });
}

/** The same command again, while a person is waited for, is that person (DESIGN §11 *AtYourService*). */
function take(run: ModelledRun, order: Order): void {
  const { state } = run;
  if (state.orders.some(({ id }) => id === order.id) || state.answered.some((one) => one.order === order.id)) return;
  state.orders.push(order);
  const [first] = state.orders;
  if (first !== order && blockedStep(state) && !state.decision) {
    if (first!.verb === order.verb) state.decision = 'retry';
    else run.scope?.cancel();
    // What nobody gets done does not stand in the way of the next: it was told blocked, and failed now.
    if (first!.verb !== order.verb) state.interrupt = 'abort';
  }
  publishSoon(run);
}

/** What its agent cannot do for it any more is called off; it begins again when there is an agent. */
function noteAgent(run: ModelledRun, { agent, at, reason, gone, over }: AgentStands): void {
  const { state } = run;
  if (agent !== state.agent) return;
  const left = state.at !== null && state.at.machine !== at?.machine;
  Object.assign(state, { at, agentGone: gone, agentOver: over === true });
  if (at) clearCondition(state, 'Unreachable');
  else if (left || state.runsOn) setCondition(state, 'Unreachable', gone ? 'agent_lost' : 'agent_silent', reason, now());
  // What ran on a machine that is gone does not run.
  if (gone) state.runsOn = null;
  if (left) run.scope?.cancel();
  publishSoon(run);
}
