import type { KnownInstance } from './service_state';

/** A quarter of all at once at most, one at least. */
const LARGEST_PART = 4;

/**
 * The instances that may be made anew now: those that are down anyway, and of those that are up so many that at least
 * `min` stay up.
 */
export function nextBatch(all: readonly KnownInstance[], outdated: readonly KnownInstance[], min: number): KnownInstance[] {
  const size = Math.max(1, Math.floor(all.length / LARGEST_PART));
  const spare = all.filter((i) => i.up).length - min;
  const down = outdated.filter((i) => !i.up).slice(0, size);
  return [...down, ...outdated.filter((i) => i.up).slice(0, Math.max(0, Math.min(spare, size - down.length)))];
}
