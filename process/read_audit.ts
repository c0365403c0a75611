import { WorkflowNotFoundError } from '@temporalio/client';
import { AUDIT_ENTRY, type AuditEntry } from '../model/audit';
import { AUDIT_ID } from '../model/ids';
import { valueOf } from './payload';
import { within, type Reach } from './within';

const READ_MS = 5_000;
/** Events of the record that are read at once; Temporal gives whole batches of them, so it may be more. */
const PAGE = 200;
/** So many of those are read for one page of entries. */
const MOST_READ = 20;

/** Where in the record a page begins. */
export interface AuditPlace {
  run: string;
  token?: string;
  /** Event from which on all were had. */
  had?: number;
}

export interface AuditPage {
  entries: AuditEntry[];
  /** Undefined at the end. */
  next?: AuditPlace;
}

/**
 * Entries from the newest back, over all runs that Temporal keeps.
 * @param wanted which of them
 * @param limit the most that a page has; where few are wanted it may have none and go on all the same
 */
export async function readAudit(reach: Reach, wanted: (entry: AuditEntry) => boolean, limit: number, from?: AuditPlace): Promise<AuditPage> {
  const entries: AuditEntry[] = [];
  let place = from ?? (await newest(reach));
  for (let n = 0; n < MOST_READ && place; n++) {
    const read: Read = await readOnce(reach, place);
    const fitting = read.found.filter(({ entry }) => wanted(entry)).slice(0, limit - entries.length);
    entries.push(...fitting.map(({ entry }) => entry));
    if (entries.length === limit) return { entries, next: { ...place, had: fitting.at(-1)!.event } };
    place = read.next;
  }
  return { entries, ...(place ? { next: place } : {}) };
}

async function newest(reach: Reach): Promise<AuditPlace | undefined> {
  try {
    return { run: (await within(reach, READ_MS, () => reach.client.workflow.getHandle(AUDIT_ID).describe())).runId };
  } catch (error) {
    // Nobody has changed anything yet.
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

interface Read {
  found: { entry: AuditEntry; event: number }[];
  next?: AuditPlace;
}

async function readOnce({ client, namespace }: Reach, { run, token, had = Infinity }: AuditPlace): Promise<Read> {
  const nextPageToken = token === undefined ? undefined : Buffer.from(token, 'base64url');
  const ask = () => client.workflowService.getWorkflowExecutionHistoryReverse({ namespace, maximumPageSize: PAGE, execution: { workflowId: AUDIT_ID, runId: run }, nextPageToken });
  const answer = await within({ client }, READ_MS, ask).catch((error: { code?: number }) => {
    // Temporal keeps no more.
    if (error.code === NOT_FOUND) return undefined;
    throw error;
  });
  const events = answer?.history?.events ?? [];
  const found = await Promise.all(events.map(async ({ eventId, workflowExecutionSignaledEventAttributes: signal }) => {
    const entry = signal?.signalName === AUDIT_ENTRY && Number(eventId) < had ? await valueOf<AuditEntry>(client, signal.input?.payloads?.[0]) : undefined;
    return entry ? [{ entry, event: Number(eventId) }] : [];
  }));
  const before = events.map((event) => event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).find(Boolean);
  const next = answer?.nextPageToken?.length ? { run, token: Buffer.from(answer.nextPageToken).toString('base64url') } : before ? { run: before } : undefined;
  return { found: found.flat(), ...(next ? { next } : {}) };
}

/** gRPC status code. */
const NOT_FOUND = 5;
