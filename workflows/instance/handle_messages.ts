import { defineSignal, patched, setHandler } from '@temporalio/workflow';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import { record } from '../../model/services/history';
import type { AgentStands, Leave, NewTask, Remake } from '../../model/services/messages';
import { refuseVerb } from '../../model/verbs';
import { publishSoon } from '../lifecycle/publish';
import { interrupt, now } from '../lifecycle/run';
import type { InstanceRun } from './instance_run';
import { noteAgent, noteVitals } from './on_machine';

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
    if (making.generation === state.making.generation) return tellAgain(run);
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

/** A service that asks for what is there already does not know it: it was set back (`workers/set_back.ts`). */
function tellAgain(run: InstanceRun): void {
  if (!patched('tells_again')) return;
  run.toldAgain();
  publishSoon(run);
}
