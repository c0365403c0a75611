/** A length of time as a person says it: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const between = (from: string | undefined, to: number): number => to - Date.parse(from ?? '');

/** How long ago an ISO 8601 time was, without a word around it; empty when there is none. */
export const since = (at: string | undefined, now: number): string => (at ? span(between(at, now)) : '');

export const until = (at: string | undefined, now: number): string =>
  at ? (Date.parse(at) <= now ? 'now' : `in ${span(Date.parse(at) - now)}`) : '';

/** How long something took, or has been going on. */
export const took = (from: string | undefined, to: string | undefined, now: number): string =>
  from ? span(between(from, to ? Date.parse(to) : now)) : '';
