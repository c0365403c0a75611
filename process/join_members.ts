import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ActivityNotFoundError, WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { MEMBERS_ID } from '../model/ids';
import { BEATS_IN_LEASE, type Joining, type Member, type MemberBeat, type MemberKind } from '../model/members';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../model/messages';
import { VERSION } from '../version';
import { loadSince } from './load';

const ANSWER_MS = 3_000;
/** Leaving is only a courtesy: the lease ends by itself. */
const GOOD_BYE_MS = 3_000;
const AGAIN_MS = 1_000;
const FAILURES_TOLD = 5;

export interface Self {
  kind: MemberKind;
  hostname: string;
  queue: string | null;
  leaseMs: number;
}

export interface Membership {
  /** Leaves at once; never throws, and takes three seconds at most. */
  leave(): Promise<void>;
}

/**
 * Makes this process a member of the grid for as long as it runs: it beats by itself, joins again when it was forgotten,
 * and is taken off the list when it beats no longer. Nothing waits for it; that it cannot join is told once (V-10).
 */
export function joinMembers(client: Client, self: Self, complain: (why: string) => void): Membership {
  const ending = new AbortController();
  const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  const joining: Joining = { id: `${self.hostname}-${process.pid}-${randomBytes(3).toString('hex')}`, pid: process.pid, startedAt, version: VERSION, ...self };
  const belonging = belong(client, joining, ending.signal, complain);
  return {
    async leave() {
      ending.abort();
      await belonging;
      await client.withDeadline(Date.now() + GOOD_BYE_MS, async () => Promise.all([
        client.workflow.getHandle(MEMBERS_ID).signal('leave', joining.id),
        // While no worker runs nobody takes that in, but the lease ends all the same.
        client.activity.complete(leaseOf(joining.id), undefined),
      ])).catch(() => undefined);
    },
  };
}

const leaseOf = (id: string) => ({ workflowId: MEMBERS_ID, activityId: id });

async function belong(client: Client, joining: Joining, ending: AbortSignal, complain: (why: string) => void): Promise<void> {
  const load = loadSince();
  const beatMs = joining.leaseMs / BEATS_IN_LEASE;
  let member: Member | undefined;
  let failures = 0;
  while (!ending.aborted) {
    try {
      // In the moment after it joined nobody may have the lease at hand yet: it joins again, which changes nothing.
      if (!member || !(await beat(client, { ...member, load: load(), now: Date.now() }))) member = await join(client, { ...joining, ...(member ? { number: member.number } : {}) });
      failures = 0;
    } catch (error) {
      failures += 1;
      // While all of a grid starts, nobody may be there yet who takes it in.
      if (failures === FAILURES_TOLD && !ending.aborted) complain((error as Error).message);
    }
    await delay(failures > 0 ? Math.min(beatMs, AGAIN_MS) : beatMs, undefined, { signal: ending }).catch(() => undefined);
  }
}

/** False when there is no lease that it could keep. */
async function beat(client: Client, details: MemberBeat): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + ANSWER_MS, () => client.activity.heartbeat(leaseOf(details.id), details));
    return true;
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return false;
    throw error;
  }
}

function join(client: Client, joining: Joining): Promise<Member> {
  const startWorkflowOperation = new WithStartWorkflowOperation('members', {
    workflowId: MEMBERS_ID, args: [], taskQueue: CONTROL_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    workflowIdConflictPolicy: 'USE_EXISTING', staticSummary: 'processes of the grid',
  });
  return client.withDeadline(Date.now() + ANSWER_MS, () =>
    client.workflow.executeUpdateWithStart<Workflow, Member, [Joining]>('join', { args: [joining], startWorkflowOperation }));
}
