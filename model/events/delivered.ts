import type { Summary } from '../lifecycle';
import { fnv1a } from '../fnv1a';
import { changedOf } from './change_id';

/**
 * What somebody had of the changes of many lifecycles. Changes of different lifecycles have no order but their times, and
 * one may be found later than another that came after it. So what was had lately is kept by lifecycle, and of what is older
 * than any change can be late, only that it was.
 */
export interface Delivered {
  /** Time of the newest change that was had, milliseconds since 1970. */
  until: number;
  lately: Map<string, { revision: number; at: number }>;
}

/** A change is found this long after it happened, at the latest: a workflow task and Temporal's lists take that. */
export const LATEST_MS = 20_000;
/** Clocks of hosts may differ so much: whoever begins to listen begins as long before. */
const SKEW_MS = 300_000;
/** So many lifecycles fit into a header; where more changed within the time above, where somebody was is not known exactly. */
export const MAX_LATELY = 300;

const nothingDelivered = (until: number): Delivered => ({ until, lately: new Map() });

/** Of one who begins now. What is found to have changed before, he is to be told as how it is, or not at all. */
export const beginning = (nowMs: number): Delivered => nothingDelivered(nowMs - SKEW_MS);

/** From when on changes may not have been had yet. */
export const horizonOf = ({ until }: Delivered): number => until - LATEST_MS;

/** Of the lifecycle, the last revision that was had; undefined where none of its changes within the horizon was. */
export const lastHad = ({ lately }: Delivered, summary: Summary): number | undefined => lately.get(keyOf(summary))?.revision;

/** Whether this change is still to be told. */
export function isMissed(delivered: Delivered, change: Summary): boolean {
  const had = lastHad(delivered, change);
  return had === undefined ? Date.parse(change.updatedAt) >= horizonOf(delivered) : change.revision > had;
}

/** Takes note of a change that is had now; false when it was already. */
export function deliver(delivered: Delivered, summary: Summary): boolean {
  const key = keyOf(summary);
  const at = Date.parse(summary.updatedAt);
  if ((delivered.lately.get(key)?.revision ?? -1) >= summary.revision) return false;
  delivered.lately.set(key, { revision: summary.revision, at });
  delivered.until = Math.max(delivered.until, at);
  return true;
}

/** Forgets what nobody will be told again. */
export function forget(delivered: Delivered): void {
  const horizon = horizonOf(delivered);
  for (const [key, { at }] of delivered.lately) if (at < horizon) delivered.lately.delete(key);
}

/** Where somebody is, as text that any process of ours takes up from. */
export function cursorOf(delivered: Delivered, most = MAX_LATELY): string {
  forget(delivered);
  const { until, lately } = delivered;
  if (lately.size > most) return `${until.toString(36)}!`;
  return [until.toString(36), ...[...lately].map(([key, { revision, at }]) => `${key}${(until - at).toString(36)}-${revision.toString(36)}`)].join('.');
}

const KEY = 8;
const ENTRY = new RegExp(`^([0-9a-z]{${KEY}})([0-9a-z]{1,6})-([0-9a-z]{1,9})$`);

/** Undefined for what {@link cursorOf} did not make, and where it could not say where somebody was. */
export function deliveredIn(cursor: string | undefined, most = MAX_LATELY): Delivered | undefined {
  const [head = '', ...entries] = (cursor ?? '').split('.');
  if (!/^[0-9a-z]{8,9}$/.test(head) || entries.length > most) return undefined;
  const delivered = nothingDelivered(parseInt(head, 36));
  for (const entry of entries) {
    const [, key, ago, revision] = ENTRY.exec(entry) ?? [];
    if (key === undefined) return undefined;
    delivered.lately.set(key, { revision: parseInt(revision!, 36), at: delivered.until - parseInt(ago!, 36) });
  }
  return delivered;
}

/** The same, where it cannot be told exactly with what was lately had once more: nothing is missed. */
export const deliveredAgain = (cursor: string, most = MAX_LATELY): Delivered => deliveredIn(cursor, most) ?? nothingDelivered(parseInt(cursor, 36) || 0);

/** One life of one lifecycle, in few letters. */
export const keyOf = (summary: Pick<Summary, 'id' | 'createdAt' | 'revision'>): string => print(`${summary.id} ${changedOf(summary).life}`);

/** 41 bits of it: two of some hundred hardly ever meet. */
const print = (text: string): string => ((fnv1a(`/${text}`) & 0x1ff) * 2 ** 32 + fnv1a(text)).toString(36).padStart(KEY, '0');
