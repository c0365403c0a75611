import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { ReplayHistoriesIterable } from '@temporalio/worker';

const AGAIN_MS = 200;
/** A task that nobody finishes ends by itself after this long (`WORKFLOW_TASK_TIMEOUT`). */
const TASK_WITHIN_MS = 15_000;

/**
 * Histories of what lives, the newest first, each once and when no worker is about to add to it.
 * @param seen counts them by kind
 * @param ofEachKind no more of a kind than these
 */
export async function* livingHistories(client: Client, seen = new Map<string, number>(), ofEachKind = Infinity): ReplayHistoriesIterable {
  const ids = new Set<string>();
  for await (const { workflowId, type } of client.workflow.list({ query: 'ExecutionStatus="Running"' })) {
    const before = seen.get(type) ?? 0;
    if (before >= ofEachKind || ids.has(workflowId)) continue;
    ids.add(workflowId);
    seen.set(type, before + 1);
    yield { workflowId, history: await settled(client, workflowId) };
  }
}

async function settled({ workflow }: Client, id: string): Promise<temporal.api.history.v1.IHistory> {
  for (const until = Date.now() + TASK_WITHIN_MS; ; await sleep(AGAIN_MS)) {
    const history = await workflow.getHandle(id).fetchHistory();
    if (!history.events?.at(-1)?.workflowTaskStartedEventAttributes || Date.now() > until) return history;
  }
}
