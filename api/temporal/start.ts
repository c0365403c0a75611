import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Summary } from '../../model/lifecycle';
import { CONTROL_QUEUE, SEARCH_ATTRIBUTES, SUMMARY, WORKFLOW_TASK_TIMEOUT } from '../../model/messages';

const KIND = defineSearchAttributeKey(SEARCH_ATTRIBUTES.kind, SearchAttributeType.KEYWORD);
const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, SearchAttributeType.KEYWORD);
const OWNER = defineSearchAttributeKey(SEARCH_ATTRIBUTES.owner, SearchAttributeType.KEYWORD);
const CHANGED_AT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.changedAt, SearchAttributeType.DATETIME);
const BLOCKED = defineSearchAttributeKey(SEARCH_ATTRIBUTES.blocked, SearchAttributeType.BOOL);

/** How every workflow is started: so that lists and GET see it at once, before any worker took its first task. */
export const startOptions = (summary: Summary, staticSummary: string) => ({
  workflowId: summary.id,
  taskQueue: CONTROL_QUEUE,
  workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
  staticSummary,
  memo: { [SUMMARY]: summary },
  typedSearchAttributes: [
    { key: KIND, value: summary.kind },
    { key: STATE, value: summary.state },
    { key: OWNER, value: summary.owner },
    { key: BLOCKED, value: false },
    { key: CHANGED_AT, value: new Date(summary.updatedAt) },
  ],
});

/** The summary of a lifecycle that begins now. */
export function firstSummary(about: Pick<Summary, 'id' | 'kind' | 'owner' | 'state' | 'detail'>): Summary {
  const now = new Date().toISOString();
  return { ...about, revision: 0, conditions: [], createdAt: now, updatedAt: now };
}
