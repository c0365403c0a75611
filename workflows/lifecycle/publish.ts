import { patched, setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { summarise } from '../../model/summary';
import { detailsPage } from '../../model/details_page';
import { hasCondition, type Lifecycle } from '../../model/lifecycle';
import { SUMMARY } from '../../model/messages';
import { now, type Run } from './run';
import { BLOCKED, CHANGED_AT, KIND, OWNER, STATE } from './search_attributes';

/** Shows the state as it is now: memo for lists and describe, search attributes for filters, details for the Temporal UI. */
export function publish<S extends Lifecycle>(run: Run<S>): void {
  const { state } = run;
  state.revision += 1;
  state.updatedAt = now();
  const blocked = hasCondition(state, 'Blocked');
  upsertMemo({ [SUMMARY]: summarise(state, run.detail(state)) });
  const filters = run.published?.state === state.state && run.published.blocked === blocked ? [] : [
    ...(run.published ? [] : [{ key: KIND, value: state.kind }, { key: OWNER, value: state.owner }]),
    { key: STATE, value: state.state },
    { key: BLOCKED, value: blocked },
  ];
  const changedAt = patched('changed_at') ? [{ key: CHANGED_AT, value: new Date(state.updatedAt) }] : [];
  if (filters.length + changedAt.length > 0) upsertSearchAttributes([...filters, ...changedAt]);
  run.published = { state: state.state, blocked };
  setCurrentDetails(detailsPage(state));
  run.told?.();
}

const soon = new WeakSet<object>();

/** {@link publish}, once for all that is told in the same moment. */
export function publishSoon<S extends Lifecycle>(run: Run<S>): void {
  if (soon.has(run)) return;
  soon.add(run);
  void Promise.resolve().then(() => {
    soon.delete(run);
    publish(run);
  });
}
