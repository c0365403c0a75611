import { condition } from '@temporalio/workflow';
import { problem } from '../../model/errors';
import type { Step } from '../../model/lifecycle';
import { nextBatch } from '../../model/services/batch';
import { outdated, staying } from '../../model/services/difference';
import { currentGeneration } from '../../model/services/service_state';
import { fail } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { remake } from './remake';
import type { ServiceRun } from './service_run';

/** Instances are made anew in batches, never so many that fewer than `min` are up; stops at the first that fails. */
export const replaceOutdated = (run: ServiceRun) => async (step: Step) => {
  const { state } = run;
  const total = outdated(state).length;
  while (outdated(state).length > 0) {
    const old = outdated(state);
    const batch = nextBatch(staying(state), old, state.plan.wish.min);
    if (batch.length === 0) throw fail(noRoom(run));
    step.progress = { done: total - old.length, total };
    step.waitingFor = `${batch.map((i) => `instance ${i.instance}`).join(', ')} to be made anew`;
    publish(run);
    await remake(run, batch);
    const current = currentGeneration(state).number;
    await condition(() => batch.every((b) => find(run, b.instance)?.generation === current && find(run, b.instance)?.up) || batch.some((b) => find(run, b.instance)?.blocked));
    const failed = batch.map((b) => find(run, b.instance)).find((i) => i?.blocked);
    if (failed) throw fail(stopped(run, failed.instance, failed.reason));
  }
  if (total > 0) step.progress = { done: total, total };
};

const find = ({ state }: ServiceRun, number: number) => state.instances.find((i) => i.instance === number);

const noRoom = ({ state }: ServiceRun) =>
  problem(409, 'no_room_to_replace', `${state.id}: of ${state.plan.wish.planned} instances ${state.plan.wish.min} must stay up, so none can be replaced`,
    'Scale out by one, or lower min_number_of_instances, then retry.');

const stopped = ({ state }: ServiceRun, instance: number, reason: string) =>
  problem(409, 'replacement_failed', `instance ${instance} did not come up with generation ${currentGeneration(state).number}: ${reason}`,
    'Mend it and retry, or roll back with abort.', { field: `instances.${instance}` });
