import { setTimeout as delay } from 'node:timers/promises';
import type { FrameworkInfo } from '../../../../model/mesos/protocol';
import type { Problem } from '../../../../model/errors';
import type { Leader } from './leader';
import { subscribe, type End, type Listener } from './subscribe';
import { MasterUnreachable } from './trouble';

export interface KeepListener extends Listener {
  /** Why nobody is subscribed now; null: somebody is again. Told once for each change. */
  onReach(problem: Problem | null): Promise<void>;
}

export interface Pauses {
  firstMs: number;
  longestMs: number;
}

/** A new leader is there some ten seconds after the old one died. */
const PAUSES: Pauses = { firstMs: 250, longestMs: 10_000 };

/** What no new subscription mends by itself. */
export interface FinalEnd extends End {
  why: Exclude<End['why'], 'broken' | 'silent'>;
}

const isFinal = (end: End): end is FinalEnd => end.why !== 'broken' && end.why !== 'silent';
const CALLED_OFF: FinalEnd = { why: 'called_off', message: 'called off' };

/**
 * Stays subscribed: whenever the stream breaks off or falls silent it subscribes again under the same id, after a pause
 * that grows with each failure and is not the same for all who lost the same master.
 * @throws MasterRefusal when the master takes no subscription from us; whatever the listener throws.
 */
export async function keepSubscribed(leader: Leader, info: FrameworkInfo, listener: KeepListener, signal: AbortSignal, pauses: Pauses = PAUSES): Promise<FinalEnd> {
  let known = info.id;
  let away: string | undefined;
  let failures = 0;
  const lost = async (problem: Problem) => {
    if (away !== problem.message) await listener.onReach(problem);
    away = problem.message;
  };
  const once: Listener = {
    async onSubscribed(on) {
      known = on.subscribed.framework_id;
      failures = 0;
      await listener.onSubscribed(on);
      if (away !== undefined) await listener.onReach(null);
      away = undefined;
    },
    onEvent: (event, on) => listener.onEvent(event, on),
  };
  for (;;) {
    try {
      const end = await subscribe(leader, { ...info, ...(known ? { id: known } : {}) }, once, signal);
      if (isFinal(end)) return end;
      await lost(new MasterUnreachable(leader.masters, end.message).problem);
    } catch (error) {
      if (signal.aborted) return CALLED_OFF;
      if (!(error instanceof MasterUnreachable)) throw error;
      await lost(error.problem);
    }
    const pauseMs = Math.min(pauses.firstMs * 2 ** failures, pauses.longestMs);
    failures += 1;
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return CALLED_OFF;
  }
}
