import { defineSignal, setHandler } from '@temporalio/workflow';
import { clearCondition, setCondition } from '../../model/lifecycle';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import { record } from '../../model/services/history';
import type { AgentStands, Leave, NewTask, Remake } from '../../model/services/messages';
import { refuseVerb } from '../../model/verbs';
import { publishSoon } from '../lifecycle/publish';
import { interrupt, now } from '../lifecycle/run';
import type { InstanceRun } from './instance_run';

/** What others tell an instance: its agent whether it works, its service what it is to be, its agent's process how it is. */
export function handleMessages(run: InstanceRun): void {
  const { state } = run;
  setHandler(defineSignal<[AgentStands]>('agentStands'), (stands) => noteAgent(run, stands));
  setHandler(defineSignal<[Leave]>('leave'), () => {
    state.leave = true;
    interrupt(run, 'destroy');
  });
  setHandler(defineSignal('mend'), () => {
    if (!refuseVerb(state, 'repair', {})) interrupt(run, 'repair');
  });
  setHandler(defineSignal<[Remake]>('remake'), (making) => {
    if (making.generation === state.making.generation) return;
    state.making = making;
    run.scope?.cancel();
  });
  setHandler(defineSignal<[NewTask]>('setProperty'), ({ task }) => {
    state.properties[String(task.property_name)] = { value: task.property_value, at: now() };
    record(state.history, task);
    publishSoon(run);
  });
  setHandler(defineSignal<[InstanceVitals]>('vitals'), (vitals) => noteVitals(run, vitals));
}

/** What its agent cannot do for it any more is called off; it begins again when there is an agent. */
function noteAgent(run: InstanceRun, { agent, at, reason, gone }: AgentStands): void {
  const { state } = run;
  if (agent !== state.agent) return;
  const left = state.at !== null && state.at.machine !== at?.machine;
  Object.assign(state, { at, agentGone: gone });
  if (at) clearCondition(state, 'Unreachable');
  else if (left || state.runsOn) setCondition(state, 'Unreachable', gone ? 'agent_lost' : 'agent_silent', reason, now());
  // What ran on a machine that is gone does not run.
  if (gone) state.runsOn = null;
  if (left) run.scope?.cancel();
  publishSoon(run);
}

/** How it is, as its agent sees it; what is not well is a condition, the agent mends it by itself. */
function noteVitals(run: InstanceRun, vitals: InstanceVitals): void {
  const { state } = run;
  if (vitals.generation !== state.making.generation) return;
  state.vitals = vitals;
  if (vitals.health === 'failing') setCondition(state, 'Degraded', 'failing', vitals.reason ?? 'its check fails', now());
  else clearCondition(state, 'Degraded');
  publishSoon(run);
}
