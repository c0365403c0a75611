import { allHandlersFinished, CancellationScope, condition, continueAsNew, defineSignal, defineUpdate, proxyActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import { leave, memberName, noMembers, takeIn, type Joining, type Member, type MembersState } from '../../model/members';
import { CONTROL_QUEUE } from '../../model/messages';
import { answerDocument } from '../lifecycle/handle_verbs';

/** A process that runs for longer joins again. */
const LONGEST_LEASE = '365d';

/**
 * The processes of the grid. Each holds a lease: an activity that it beats for by itself, so that a beat adds nothing to the
 * history, and Temporal tells when they stop. Who has one is read from the pending activities, while no worker runs too.
 */
export async function members(given?: MembersState): Promise<void> {
  const state = given ?? noMembers();
  const held = new Map<string, CancellationScope>();
  const hold = async (member: Member) => {
    if (held.has(member.id)) return;
    const scope = new CancellationScope();
    held.set(member.id, scope);
    show();
    await scope.run(() => leaseOf(member)).catch(() => undefined);
    held.delete(member.id);
    leave(state, member.id);
    show();
  };
  const show = () => setCurrentDetails(state.members.map((one) => `- ${memberName(one)}: process ${one.pid} on ${one.hostname}, since ${one.startedAt}`).join('\n'));
  setHandler(defineUpdate<Member, [Joining]>('join'), (joining) => {
    const member = takeIn(state, joining);
    void hold(member);
    return member;
  });
  setHandler(defineSignal<[string]>('leave'), (id) => {
    // Whoever joins next may have its number, before the end of the lease is taken in.
    leave(state, id);
    held.get(id)?.cancel();
  });
  answerDocument(() => state);
  for (const member of state.members) void hold(member);
  await condition(() => workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  await continueAsNew<typeof members>(state);
}

const leaseOf = (member: Member): Promise<void> =>
  proxyActivities<Activities>({
    taskQueue: CONTROL_QUEUE, activityId: member.id, summary: `${memberName(member)} on ${member.hostname}`,
    scheduleToStartTimeout: member.leaseMs, startToCloseTimeout: LONGEST_LEASE, heartbeatTimeout: member.leaseMs, cancellationType: 'TRY_CANCEL', retry: { maximumAttempts: 1 },
  }).beginLease(member);
