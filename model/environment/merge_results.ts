import { isMap } from '../options';

/**
 * What a run over several services answers as a whole, of what each of them answered in the order of the run: texts one after
 * the other, lists united, dicts key by key with the later value, yes only where all say yes, numbers added. Where two are of
 * different kinds the later one counts; whoever said nothing counts for nothing.
 */
export const mergeResults = (results: readonly unknown[]): unknown => results.filter((one) => one !== undefined && one !== null).reduce(merged, undefined);

function merged(before: unknown, after: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(after)) return [...before, ...after.filter((one) => !before.some((other) => isSame(one, other)))];
  if (isMap(before) && isMap(after)) return { ...before, ...after };
  if (typeof before === 'string' && typeof after === 'string') return before + after;
  if (typeof before === 'boolean' && typeof after === 'boolean') return before && after;
  if (typeof before === 'number' && typeof after === 'number') return before + after;
  return after;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
