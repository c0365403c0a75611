import type { Summary } from '../model/lifecycle';
import { SUMMARY } from '../model/messages';
import { valueOf } from './payload';
import { within, type Reach } from './within';

const LIST_MS = 5_000;

export interface Listed {
  summary: Summary;
  runId: string;
}

export interface SummaryPage {
  items: Listed[];
  /** Empty at the end. */
  nextPageToken: Uint8Array;
}

/** One page of summaries, newest first, from the memos that visibility keeps: one call, whatever the number. */
export async function listSummaries({ client, namespace }: Reach, query: string, pageSize: number, nextPageToken?: Uint8Array): Promise<SummaryPage> {
  const found = await within({ client }, LIST_MS, () => client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }));
  const listed = await Promise.all(found.executions.map(async ({ memo, execution }) => {
    const summary = await valueOf<Summary>(client, memo?.fields?.[SUMMARY]);
    return summary ? [{ summary, runId: execution?.runId ?? '' }] : [];
  }));
  return { items: listed.flat(), nextPageToken: found.nextPageToken };
}
