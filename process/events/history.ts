import { temporal } from '@temporalio/proto';
import type { Summary } from '../../model/lifecycle';
import { SUMMARY } from '../../model/messages';
import { valueOf } from '../payload';
import { within, type Reach } from '../within';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Temporal lets go of a call that waits for news after twenty seconds. */
const NEWS_MS = 30_000;
const READ_MS = 5_000;
const PAGE = 200;

const { EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: CONTINUED } = temporal.api.enums.v1.EventType;

/** What was read of one run of a lifecycle, in its order. */
export interface Read {
  changes: Summary[];
  /** For what comes next; none when the run is over. */
  token?: Uint8Array;
  /** The run in which it goes on. */
  nextRun?: string;
}

/**
 * The next changes of a run: what it published is in its history, each under its revision, and nowhere else so exactly.
 * Waits for news where all was read, and comes back without any now and then.
 */
export async function nextChanges({ client, namespace }: Reach, workflowId: string, runId: string, token: Uint8Array | undefined, signal: AbortSignal): Promise<Read> {
  const ask = () => client.workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId, runId }, nextPageToken: token, waitNewEvent: true, maximumPageSize: PAGE });
  const answer = await within({ client }, NEWS_MS, () => client.withAbortSignal(signal, ask));
  const events = answer.history?.events ?? [];
  const last = events.at(-1);
  const nextRun = last?.eventType === CONTINUED ? (last.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined) : undefined;
  return { changes: await published(client, events), ...(answer.nextPageToken?.length ? { token: answer.nextPageToken } : {}), ...(nextRun ? { nextRun } : {}) };
}

/** Changes of a lifecycle from its newest back, as long as they are wanted; over earlier runs too. In their order. */
export async function changesBack({ client, namespace }: Reach, { workflowId, runId: newest }: { workflowId: string; runId?: string }, wanted: (change: Summary) => boolean, most: number): Promise<Summary[]> {
  const found: Summary[] = [];
  let runId = newest;
  do {
    let nextPageToken: Uint8Array | undefined;
    let before: string | undefined;
    do {
      const execution = { workflowId, ...(runId ? { runId } : {}) };
      const answer = await within({ client }, READ_MS, () => client.workflowService.getWorkflowExecutionHistoryReverse({ namespace, execution, nextPageToken, maximumPageSize: PAGE }));
      const events = answer.history?.events ?? [];
      before = events.map((event) => event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).find(Boolean) ?? undefined;
      for (const change of await published(client, events)) {
        if (found.length >= most || !wanted(change)) return found.reverse();
        found.push(change);
      }
      nextPageToken = answer.nextPageToken?.length ? answer.nextPageToken : undefined;
    } while (nextPageToken);
    runId = before;
  } while (runId);
  return found.reverse();
}

async function published(client: Reach['client'], events: readonly HistoryEvent[]): Promise<Summary[]> {
  const payloads = events.flatMap((event) => event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.[SUMMARY] ?? []);
  const summaries = await Promise.all(payloads.map((payload) => valueOf<Summary>(client, payload)));
  return summaries.filter((one) => one !== undefined);
}
