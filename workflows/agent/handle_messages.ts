import { defineSignal, defineUpdate, patched, setHandler } from '@temporalio/workflow';
import { problem } from '../../model/errors';
import { instanceId } from '../../model/ids';
import { blockedStep, setCondition } from '../../model/lifecycle';
import type { MachineDied, Reserved } from '../../model/messages';
import { machineOf } from '../../model/services/agent_state';
import type { Hello } from '../../model/services/agent_protocol';
import type { Attach, NewTask, TaskAccepted, Verdict } from '../../model/services/messages';
import { instancePath } from '../../model/services/task';
import { fail } from '../lifecycle/fail';
import { remember, repeated } from '../lifecycle/handle_verbs';
import { refuseVerb } from '../../model/verbs';
import { publish } from '../lifecycle/publish';
import { interrupt, now } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import type { AgentRun } from './agent_run';
import { backAgain } from './back_again';

export function handleMessages(run: AgentRun): void {
  const { state } = run;
  setHandler(defineSignal<[Reserved]>('reserved'), ({ request, result }) => void run.grants.set(request, result));
  setHandler(defineSignal<[Hello]>('hello'), (hello) => noteHello(run, hello));
  setHandler(defineSignal<[MachineDied]>('machineDied'), (death) => noteDeath(run, death));
  setHandler(defineSignal<[Attach]>('attach'), (ref) => {
    if (!state.instances.some((i) => i.service === ref.service && i.instance === ref.instance)) state.instances.push(ref);
    run.stands.toldAgain();
    publish(run);
  });
  setHandler(defineSignal<[Attach]>('detach'), (ref) => {
    state.instances = state.instances.filter((i) => i.service !== ref.service || i.instance !== ref.instance);
    publish(run);
  });
  setHandler(defineSignal('terminate'), () => {
    // Its service says so again and again: what already takes it down is not to begin anew.
    if (state.terminate && patched('terminate_once')) return;
    state.terminate = true;
    run.scope?.cancel();
  });
  setHandler(defineSignal('mend'), () => {
    if ((blockedStep(state) || state.silence) && !refuseVerb(state, 'repair', {})) interrupt(run, 'repair');
  });
  setHandler(defineSignal<[Verdict]>('verdict'), ({ verdict }) => {
    if (state.silence) state.silence.verdict = verdict;
  });
  handleTasks(run);
}

/** Another boot on the same machine is a restarted agent (SG-30); what a replaced machine says late does not count. */
export async function noteHello(run: AgentRun, hello: Hello): Promise<void> {
  const { state } = run;
  if (hello.machine !== machineOf(state) || state.terminate || hello.boot === state.hello?.boot) return;
  const restarted = state.hello !== null;
  if (restarted) state.agentRestarts += 1;
  state.hello = hello;
  state.lastSeenAt = now();
  await backAgain(run);
  if (restarted) run.watching?.cancel();
}

/** Its driver saw the machine end: nothing is to be asked any more. */
async function noteDeath(run: AgentRun, death: MachineDied): Promise<void> {
  const { state } = run;
  if (death.machine !== machineOf(state) || state.terminate) return;
  state.hello = null;
  state.silence = { since: now(), verdict: 'lost' };
  setCondition(state, 'Unreachable', 'machine_died', `machine ${death.machine} ended (${death.exit.signal ?? death.exit.code ?? 'nobody knows how'})`, now());
  run.watching?.cancel();
  run.scope?.cancel();
  publish(run);
}

/** SG-20: a value somebody measured, for one of this agent's instances. */
function handleTasks(run: AgentRun): void {
  const { state } = run;
  const find = ({ task }: NewTask) => state.instances.find((i) => instancePath(i.service, i.instance) === task.routing.state_id);
  setHandler(
    defineUpdate<TaskAccepted, [NewTask]>('new_task'),
    async (wish) => {
      const ref = find(wish)!;
      if (remember(state)) await tell(instanceId(ref.service, ref.instance), 'setProperty', wish);
      return { id: state.id, revision: state.revision };
    },
    {
      validator: (wish: NewTask) => {
        if (repeated(state) || find(wish)) return;
        throw fail(problem(404, 'instance_not_found', `Agent ${state.number} has no instance ${wish.task.routing.state_id}`, 'Its instances are in service_instance_ids of its document.'));
      },
    },
  );
}
