import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import type { temporal } from '@temporalio/proto';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { problem } from '../model/errors';
import { raise } from '../model/raise';
import { livingHistories } from './living_histories';
import { replayErrors } from './replay_errors';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Histories that are held in memory together. */
const AT_ONCE = 100;
const LISTED_WITHIN_MS = 60_000;
const AGAIN_MS = 100;

/** A lifecycle that these workflows do not go on with. */
interface Stuck {
  id: string;
  runId: string;
  why: Error;
  events: Event[];
  /** Every time that it decided something. */
  tasks: Event[];
  /** So many of its tasks these workflows would have done as they were done, */
  right: number;
  /** so many they would not. */
  wrong: number;
}

export interface SetBack {
  id: string;
  /** Of the run that is left. */
  runId: string;
  why: Error;
  /** Its history as it was: what is set back is not in Temporal any more. */
  was: temporal.api.history.v1.IHistory;
  /** When the first task was done that is not valid any more, ms since 1970. */
  since: number;
}

/**
 * Sets every lifecycle that these workflows do not go on with back to the last task that they would have done too; one that they do go on
 * with is not touched. What it was told since, it is told again, and what it decided since, it decides again: what was made is found and taken,
 * so nothing is begun twice. In every list the run that was left would stand beside the one that goes on, so it is removed when `kept` has its history.
 * @param seen counts by kind what is gone through
 * @param kept is told of each before it is set back
 * @throws Problem 409 `set_back_in_vain` when one was set back, and another release was faster
 */
export async function setBack(client: Client, worker: ReplayWorkerOptions, seen: Map<string, number>, kept: (one: SetBack) => void): Promise<void> {
  const done = new Set<string>();
  for (;;) {
    seen.clear();
    const wrong = [...await replayErrors(worker, livingHistories(client, seen))];
    if (wrong.length === 0) return;
    const again = wrong.map(([id]) => id).filter((id) => done.has(id));
    if (again.length > 0) raise(problem(409, 'set_back_in_vain', `${again.join(', ')}: set back, and then another release went on with it again`, 'End the control workers of every other release, then say it again.'));
    for (let at = 0; at < wrong.length; at += AT_ONCE) {
      for (const one of await searched(worker, await readStuck(client, wrong.slice(at, at + AT_ONCE)))) {
        done.add(one.id);
        const first = one.tasks[one.right];
        if (!first) continue;
        kept({ id: one.id, runId: one.runId, why: one.why, was: { events: one.events }, since: tsToMs(first.eventTime) });
        await leave(client, one, first);
      }
    }
  }
}

/** One that ended meanwhile needs nothing any more. */
async function readStuck({ workflow }: Client, wrong: [string, Error][]): Promise<Stuck[]> {
  const stuck = await Promise.all(wrong.map(async ([id, why]): Promise<Stuck[]> => {
    const { runId, status } = await workflow.getHandle(id).describe();
    if (status.name !== 'RUNNING') return [];
    const events = (await workflow.getHandle(id, runId).fetchHistory()).events ?? [];
    const tasks = events.filter((event) => event.workflowTaskCompletedEventAttributes);
    return [{ id, runId, why, events, tasks, right: 0, wrong: tasks.length }];
  }));
  return stuck.flat();
}

/** Halves what is not known of each until its first wrong task is, all of them at once: a worker is dear to begin. */
async function searched(worker: ReplayWorkerOptions, all: Stuck[]): Promise<Stuck[]> {
  for (;;) {
    const open = all.filter(({ right, wrong }) => wrong - right > 1);
    if (open.length === 0) return all;
    const halves = new Map(open.map((one) => [one.id, Math.ceil((one.right + one.wrong) / 2)]));
    const errors = await replayErrors(worker, open.map((one) => ({ workflowId: one.id, history: { events: upTo(one, halves.get(one.id)!) } })));
    for (const one of open) one[errors.has(one.id) ? 'wrong' : 'right'] = halves.get(one.id)!;
  }
}

/** What happened until the task after so many was done. */
const upTo = ({ events, tasks }: Stuck, count: number): Event[] => (count < tasks.length ? events.slice(0, events.indexOf(tasks[count]!)) : events);

async function leave(client: Client, { id, runId }: Stuck, first: Event): Promise<void> {
  const { workflowService, options: { namespace } } = client;
  const workflowExecution = { workflowId: id, runId };
  await workflowService.resetWorkflowExecution({ namespace, workflowExecution, workflowTaskFinishEventId: first.eventId, requestId: randomUUID(), identity: `grid/${process.pid}`, reason: 'set back: another release decided what this one would not have' });
  if (await listedAsOver(client, runId)) await workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
}

/** Lists follow what happens: a run that is removed before they know that it is over would stay in them for ever. */
async function listedAsOver({ workflow }: Client, runId: string): Promise<boolean> {
  for (const until = Date.now() + LISTED_WITHIN_MS; Date.now() < until; await sleep(AGAIN_MS)) {
    if ((await workflow.count(`RunId = '${runId}' AND ExecutionStatus = 'Terminated'`)).count > 0) return true;
  }
  return false;
}
