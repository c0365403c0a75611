import type { Range } from './protocol';

/** Sets of numbers as ranges; of ports, for the most part. */

export const has = (ranges: readonly Range[], number: number): boolean => ranges.some(({ begin, end }) => begin <= number && number <= end);

/** Without one number. */
export const without = (ranges: readonly Range[], number: number): Range[] => ranges.flatMap((range) => {
  if (number < range.begin || number > range.end) return [range];
  return [{ begin: range.begin, end: number - 1 }, { begin: number + 1, end: range.end }].filter(({ begin, end }) => begin <= end);
});

/** In order, and what touches as one. */
export function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.begin - b.begin)) {
    const last = all.at(-1);
    if (last && range.begin <= last.end + 1) last.end = Math.max(last.end, range.end);
    else all.push({ ...range });
  }
  return all;
}
