import type { Decision } from '../../../../model/mesos/decide';
import type { Offered } from '../../../../model/mesos/messages';
import { noRefusals, noteRefusal, sayRefusals } from '../../../../model/mesos/refusals';
import type { Session } from './session';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/** Why each order waits: a new reason is told at once, the number of offers that were seen less and less often. */
export function explain(session: Session, waits: Decision['waits'], now: number): Offered['waits'] {
  const { seen, wishes } = session;
  session.seen = 0;
  const open = new Set(wishes.orders.waiting.map(({ request }) => request));
  for (const request of session.waits.keys()) if (!open.has(request)) session.waits.delete(request);
  return wishes.orders.waiting.flatMap(({ owner, request, demands }) => {
    const refusal = waits.find((one) => one.owner === owner);
    if (!refusal) return [];
    const known = session.waits.get(request) ?? { refusals: noRefusals(), told: '', pauseMs: FIRST_PAUSE_MS, nextAt: 0 };
    session.waits.set(request, known);
    if (seen > 0 || known.told === '') known.refusals = noteRefusal(known.refusals, seen, refusal.reason);
    const isNew = known.told !== refusal.reason;
    if (!isNew && (now < known.nextAt || seen === 0)) return [];
    known.pauseMs = isNew ? FIRST_PAUSE_MS : Math.min(known.pauseMs * 2, LONGEST_PAUSE_MS);
    Object.assign(known, { told: refusal.reason, nextAt: now + known.pauseMs });
    return [{ owner, request, reason: sayRefusals(known.refusals), done: refusal.done, total: demands.length }];
  });
}
