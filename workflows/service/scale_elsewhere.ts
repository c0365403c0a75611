import { condition } from '@temporalio/workflow';
import { problem } from '../../model/errors';
import { computeId } from '../../model/ids';
import type { Step } from '../../model/lifecycle';
import type { Hold } from '../../model/messages';
import { unsettled, wantedElsewhere } from '../../model/services/service_state';
import { fail } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { tell } from '../lifecycle/tell';
import type { ServiceRun } from './service_run';

/** Has the connectors of others run as many as are wanted there, and waits until they do; says meanwhile what they say (G-8, G-12). */
export const scaleElsewhere = (run: ServiceRun) => async (step: Step) => {
  const { state } = run;
  for (;;) {
    const seen = run.news;
    const open = unsettled(state);
    if (open.length === 0) return;
    for (const compute of open.filter((one) => !isTold(run, one))) await want(run, compute);
    step.waitingFor = open.map((compute) => whyOpen(run, compute)).join('; ');
    publish(run);
    await condition(() => run.news !== seen);
  }
};

const isTold = ({ state }: ServiceRun, compute: string) => (state.held?.[compute]?.sequence ?? 0) >= state.plan.sequence;

async function want({ state }: ServiceRun, compute: string): Promise<void> {
  const hold: Hold = { service: state.service, number: wantedElsewhere(state)[compute]!, sequence: state.plan.sequence };
  if (!(await tell(computeId(compute), 'hold', hold))) {
    throw fail(problem(409, 'compute_gone', `${state.id}: there is no compute ${compute} any more`, 'Define it again and retry, or skip this step to leave what is there.', { field: 'compute' }));
  }
}

function whyOpen({ state }: ServiceRun, compute: string): string {
  const held = state.held?.[compute];
  const number = wantedElsewhere(state)[compute]!;
  return held?.reason || `compute ${compute}: ${held?.running ?? 'not known how many'} of ${number} run`;
}
