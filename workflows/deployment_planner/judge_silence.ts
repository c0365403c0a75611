import { condition, sleep } from '@temporalio/workflow';
import { agentId } from '../../model/ids';
import { judge } from '../../model/services/suspect';
import { publish } from '../lifecycle/publish';
import { tell } from '../lifecycle/tell';
import type { PlannerRun } from './planner_run';

/** What happened to many at once is told by each of them within about this time. */
const SETTLE = '1s';

/** Whenever an agent falls silent, or comes back, decides for all that are silent whether they are lost. */
export async function judgeSilence(run: PlannerRun): Promise<void> {
  const { state } = run;
  let known = '';
  for (;;) {
    await condition(() => JSON.stringify(state.silent) !== known && state.silent.some((s) => s.verdict !== 'lost'));
    await sleep(SETTLE, { summary: 'until all that are silent are known' });
    const verdicts = judge(state);
    known = JSON.stringify(state.silent);
    publish(run);
    for (const { agent, verdict } of verdicts) await tell(agentId(agent), 'verdict', { verdict });
  }
}
