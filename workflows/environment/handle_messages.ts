import { defineSignal, setHandler } from '@temporalio/workflow';
import type { Order } from '../../model/environment/orders';
import { blockedStep } from '../../model/lifecycle';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import type { AgentStands } from '../../model/services/messages';
import { noteAgent, noteVitals } from '../instance/on_machine';
import { publishSoon } from '../lifecycle/publish';
import type { ModelledRun } from './modelled_run';

/** What others tell an instance of the environment: runs what it is to do, its agent whether it works, its agent's process how it is. */
export function handleMessages(run: ModelledRun): void {
  const { state } = run;
  setHandler(defineSignal<[Order]>('order'), (order) => take(run, order));
  setHandler(defineSignal<[AgentStands]>('agentStands'), (stands) => {
    if (stands.agent === state.agent) state.agentOver = stands.over === true;
    noteAgent(run, stands);
  });
  setHandler(defineSignal<[InstanceVitals]>('vitals'), (vitals) => noteVitals(run, vitals));
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
