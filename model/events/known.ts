import type { Summary } from '../lifecycle';

/** What is known of lifecycles that live, by id. News of them come by several ways, and not in their order. */
export interface Known {
  living: Map<string, Summary>;
  /** Those that have ended lately: their last changes may be told after that. */
  ended: Map<string, { createdAt: string; foundAtMs: number }>;
}

export const nothingKnown = (): Known => ({ living: new Map(), ended: new Map() });

/** Takes what is newer than what is known, and does not belong to a life that has ended. */
export function take({ living, ended }: Known, changes: readonly Summary[]): void {
  for (const one of changes) {
    const had = living.get(one.id);
    const isNewer = had === undefined || had.createdAt < one.createdAt || (had.createdAt === one.createdAt && had.revision <= one.revision);
    if (isNewer && one.createdAt > (ended.get(one.id)?.createdAt ?? '')) living.set(one.id, one);
  }
}

/** Drops what has ended, but not what lives again under the same id. */
export function drop({ living, ended }: Known, over: readonly Summary[], nowMs: number): void {
  for (const { id, createdAt } of over) {
    if ((ended.get(id)?.createdAt ?? '') <= createdAt) ended.set(id, { createdAt, foundAtMs: nowMs });
    if ((living.get(id)?.createdAt ?? '~') <= createdAt) living.delete(id);
  }
}

/** Of what has ended before that time nothing more is told. */
export function forgetEnded({ ended }: Known, beforeMs: number): void {
  for (const [id, { foundAtMs }] of ended) if (foundAtMs < beforeMs) ended.delete(id);
}
