import { MAX_AGE_SECONDS, whichCounts, type SeenValue } from './capacity_rule';
import { asNumber } from './compare';
import type { InstanceDocument } from './instance_state';

/** Where values were, as a picture of them shows it. */
export const LATELY_SECONDS = 5 * MAX_AGE_SECONDS;

/** A value as a number, with its time in ms since 1970. */
export type Point = readonly [at: number, value: number];

/** What a scaling rule compares of one instance. */
export interface Compared {
  /** What counts now; none: nobody set it, and nothing measured it. */
  now?: SeenValue & { by: 'set' | 'measured' };
  /** Where it was lately and is, oldest first, as far as that is kept: of values that somebody sets, by the times that he gave. */
  points: Point[];
}

/** @param measured of the same property, as the agent last said it, and when Temporal took that */
export function comparedOf(property: string, kept: Pick<InstanceDocument, 'properties' | 'history'> | undefined, measured: { value: unknown; at: string } | undefined, nowMs: number): Compared {
  const seen = (by: 'set' | 'measured', one: { value: unknown; at: string }) => ({ by, value: one.value, ageSeconds: (nowMs - Date.parse(one.at)) / 1000 });
  const set = kept && Object.hasOwn(kept.properties, property) ? kept.properties[property] : undefined;
  const now = whichCounts(set && seen('set', set), measured && seen('measured', measured));
  const before = (kept?.history.tasks ?? [])
    .filter((one) => one.task === 'set_instance_property_task' && one.property_name === property)
    .map((one) => ({ at: one.routing.producer_timestamp, value: one.property_value }));
  const last = now && { at: nowMs - now.ageSeconds * 1000, value: now.value };
  const points = [...before, ...(last ? [last] : [])].flatMap(({ at, value }) => {
    const number = asNumber(value);
    return number === undefined || at > nowMs || at < nowMs - LATELY_SECONDS * 1000 ? [] : [[at, number] as const];
  });
  return { ...(now ? { now } : {}), points: points.sort(([a], [b]) => a - b) };
}
