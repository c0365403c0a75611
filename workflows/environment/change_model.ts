import { condition } from '@temporalio/workflow';
import type { ChangeModel, ModelChanged } from '../../model/environment/environment_state';
import { ENVIRONMENT_ID } from '../../model/ids';
import { fail } from '../lifecycle/fail';
import { tell } from '../lifecycle/tell';
import type { EnvironmentRun } from './environment_run';

/** Has the environment plan this, or take services out of the model. @throws ApplicationFailure with what it objects to */
export async function changeModel(run: EnvironmentRun, after?: Pick<ChangeModel, 'remove' | 'released' | 'exported'>): Promise<Exclude<ModelChanged, { problem: unknown }>> {
  const { id, request } = run.state;
  run.changed = null;
  await tell(ENVIRONMENT_ID, 'change', { run: id, request, ...after } satisfies ChangeModel);
  await condition(() => run.changed !== null);
  const changed = run.changed!;
  if ('problem' in changed) throw fail(changed.problem);
  return changed;
}
