import type { Colors } from 'picocolors/types';

/** What a rendering is made for. */
export interface Paper {
  /** No line may be wider than this many columns; Infinity: no limit. */
  width: number;
  /** The time to count from and to, ms since 1970. */
  now: number;
  color: Colors;
  /** How the user calls this command, e.g. `grid`. */
  grid: string;
}
