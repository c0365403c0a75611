import { temporal } from '@temporalio/proto';
import type { Summary } from '../model/lifecycle';
import { SUMMARY } from '../model/messages';
import { valueOf } from './payload';
import { within, type Reach } from './within';

const LIST_MS = 5_000;
const { WORKFLOW_EXECUTION_STATUS_RUNNING: RUNNING } = temporal.api.enums.v1.WorkflowExecutionStatus;

export interface Listed {
  summary: Summary;
  runId: string;
  /** False once its workflow is over, however it ended. */
  lives: boolean;
}

export interface SummaryPage {
  items: Listed[];
  /** Empty at the end. */
  nextPageToken: Uint8Array;
}

/** One page of summaries, newest first, from the memos that visibility keeps: one call, whatever the number. */
export async function listSummaries({ client, namespace }: Reach, query: string, pageSize: number, nextPageToken?: Uint8Array): Promise<SummaryPage> {
  const found = await within({ client }, LIST_MS, () => client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }));
  const listed = await Promise.all(found.executions.map(async ({ memo, execution, status }) => {
    const summary = await valueOf<Summary>(client, memo?.fields?.[SUMMARY]);
    return summary ? [{ summary, runId: execution?.runId ?? '', lives: status === RUNNING }] : [];
  }));
  return { items: listed.flat(), nextPageToken: found.nextPageToken };
}

/** All of them, newest first. @param pageSize how many one call may fetch */
export async function listAllSummaries(reach: Reach, query: string, pageSize: number): Promise<Listed[]> {
  const all: Listed[] = [];
  let token: Uint8Array | undefined;
  do {
    const { items, nextPageToken } = await listSummaries(reach, query, pageSize, token);
    all.push(...items);
    token = nextPageToken?.length ? nextPageToken : undefined;
  } while (token);
  return all;
}
