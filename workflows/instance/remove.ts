import { condition } from '@temporalio/workflow';
import { enter, stepNamed } from '../../model/lifecycle';
import { runStep } from '../lifecycle/run_step';
import { now } from '../lifecycle/run';
import type { InstanceRun } from './instance_run';
import { recordTask } from './record_task';
import { phase, specOf } from './start';

/** A silent agent is given this long to come back, so that what runs there is stopped properly. */
const BACK_WITHIN = '10s';

/** Everything of it goes. Where its agent is lost nothing can be stopped: the machine goes with all that is on it (SG-33). */
export async function remove(run: InstanceRun): Promise<void> {
  const { state } = run;
  const wasThere = state.runsOn !== null || state.state !== 'PLANNED';
  if (wasThere && !state.at && !state.agentGone) await condition(() => state.at !== null || state.agentGone, BACK_WITHIN, { summary: 'until its agent is back' });
  if (wasThere && !state.at) return unreachable(run);
  await runStep(run, 'stop', async (step) => {
    if (wasThere) await phase(run, step, 'stop_service_instance_task', 'stop', (act) => act.removeInstance(specOf(run.state)));
  });
  state.runsOn = null;
}

function unreachable({ state }: InstanceRun): void {
  stepNamed(state, 'stop').state = 'skipped';
  recordTask(state, 'service_instance_unreachable_task');
  enter(state, 'INSTANCE_UNREACHABLE', now());
}
