import { defineSignal, setHandler } from '@temporalio/workflow';
import type { ComputeState } from '../../model/compute_state';
import { frameworkId } from '../../model/ids';
import { isOffered } from '../../model/mesos/is_offered';
import { ordersOf } from '../../model/mesos/offered_ledger';
import type { Run } from '../lifecycle/run';
import { teller } from '../lifecycle/tell';

/** Of a compute on Mesos: its framework knows who waits and who has what, each time that changes and when it begins. */
export function handleFramework(run: Run<ComputeState>): void {
  const { state } = run;
  const orders = teller(() => [frameworkId(state.name)], 'orders', () => ordersOf(state));
  const told = () => isOffered(state.connector) && orders.told();
  const { allTold } = run;
  run.told = () => void told();
  run.allTold = async () => {
    await allTold?.();
    await orders.allTold();
  };
  setHandler(defineSignal('tell_orders'), () => {
    orders.toldAgain();
    told();
  });
}
