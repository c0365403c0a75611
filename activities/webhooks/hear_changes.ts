import { Context } from '@temporalio/activity';
import { maySee } from '../../model/access';
import { beginning, cursorOf, deliver, deliveredAgain } from '../../model/events/delivered';
import { veiled } from '../../model/veil';
import type { Summary } from '../../model/lifecycle';
import type { Heard, Hearing } from '../../model/webhook';
import { changesSince } from '../../process/events/changes_since';
import { openFeed, type FeedNews } from '../../process/events/feed';
import { tellFromNow } from '../../process/events/tell_from_now';
import type { Surroundings } from '../surroundings';
import { within } from '../within';

/** Before the time limit of the activity. */
const WAIT_MS = 4 * 60_000;
const BATCH = 100;
/** The cursor is kept in a workflow, where more fits than into a header. */
const MOST_LATELY = 5_000;

/**
 * What changed after the cursor, as the reader may see it: at once where something did, else as soon as something does.
 * Nothing is missed from one hearing to the next; webhooks themselves are not told of, or they would never be silent.
 */
export function hearChanges({ client }: Surroundings): (hearing: Hearing) => Promise<Heard> {
  const reach = { client, namespace: client.options.namespace };
  const feed = openFeed(reach);
  return async ({ cursor, from, kinds, reader }) => {
    const delivered = cursor === null ? beginning(Date.parse(from)) : deliveredAgain(cursor, MOST_LATELY);
    const isMeant = (change: Summary) => change.kind !== 'webhook' && change.updatedAt >= from && (kinds.length === 0 || kinds.includes(change.kind)) && maySee(reader, change);
    const found: Summary[] = [];
    let wake = () => {};
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const take = (changes: readonly Summary[]) => {
      for (const change of changes) {
        // What does not fit is found again by the next hearing.
        if (found.length < BATCH && deliver(delivered, change) && isMeant(change)) found.push(JSON.parse(veiled(JSON.stringify(change), reader)) as Summary);
      }
      if (found.length > 0) wake();
    };
    const stop = await tellFromNow<FeedNews>((listener) => feed.listen(listener), async () => {
      take(await changesSince(reach, delivered));
      return (news) => 'changes' in news && take(news.changes);
    });
    const { cancellationSignal } = Context.current();
    await within(woken, WAIT_MS, cancellationSignal).finally(stop);
    cancellationSignal.throwIfAborted();
    return { cursor: cursorOf(delivered, MOST_LATELY), changes: found };
  };
}
