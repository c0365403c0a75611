import { CompleteAsyncError, Context } from '@temporalio/activity';
import type { Member, MemberBeat } from '../../model/members';

/**
 * Begins a lease, which from now on the member itself keeps: it beats for this activity, by its id, and completes it when it
 * leaves. When it does neither, the silence ends it.
 */
export const beginLease = async (member: Member): Promise<void> => {
  Context.current().heartbeat({ ...member, load: null } satisfies MemberBeat);
  throw new CompleteAsyncError();
};
