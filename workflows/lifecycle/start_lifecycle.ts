import { CancellationScope, ParentClosePolicy, startChild, type ChildWorkflowOptions } from '@temporalio/workflow';
import type { Lifecycle, Summary } from '../../model/lifecycle';
import { SUMMARY, WORKFLOW_TASK_TIMEOUT } from '../../model/messages';
import { summarise } from '../../model/summary';
import { BLOCKED, CHANGED_AT, KIND, OWNER, STATE } from './search_attributes';

export interface NewLifecycle<I> {
  /** As its own workflow will begin with it: lists show it before that workflow took its first task. */
  state: Lifecycle & { createdAt: string; updatedAt: string };
  detail: Summary['detail'];
  input: I;
  /** What the Temporal UI shows for it. */
  staticSummary: string;
  reuse: NonNullable<ChildWorkflowOptions['workflowIdReusePolicy']>;
}

/**
 * Starts the workflow of another lifecycle, which lives on by itself: what is called off here later does not concern it.
 * @throws WorkflowExecutionAlreadyStartedError
 */
export async function startLifecycle<I>(workflow: (input: I) => Promise<unknown>, { state, detail, input, staticSummary, reuse }: NewLifecycle<I>): Promise<void> {
  await CancellationScope.nonCancellable(() => startChild(workflow as (input: unknown) => Promise<unknown>, {
    workflowId: state.id, args: [input], parentClosePolicy: ParentClosePolicy.ABANDON, workflowIdReusePolicy: reuse,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, staticSummary,
    memo: { [SUMMARY]: summarise(state, detail) },
    typedSearchAttributes: [
      { key: KIND, value: state.kind },
      { key: OWNER, value: state.owner },
      { key: STATE, value: state.state },
      { key: BLOCKED, value: false },
      { key: CHANGED_AT, value: new Date(state.updatedAt) },
    ],
  }));
}
