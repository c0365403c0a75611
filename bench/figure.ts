/** One measured number, beside what it would be without the grid around it and what it may be at most. */
export interface Figure {
  what: string;
  value: number;
  unit: 's' | 'ms' | 'MB' | '%' | 'x' | 'events' | 'services' | 'failures';
  /** The same by the bare parts alone, measured in the same run, in the same unit. */
  floor?: number;
  limit?: number;
  note?: string;
}

export const isBroken = ({ value, limit }: Figure): boolean => limit !== undefined && !(value <= limit);

export interface Bench {
  name: string;
  run: (site: Site) => Promise<Figure[]>;
}

/** What benches share. */
export interface Site {
  /** Path of the Temporal server's binary. */
  temporal: string;
  /** One line about what is going on. */
  tell: (text: string) => void;
  /** Something to undo when this bench is over, however it ends. */
  later: (undo: () => Promise<void>) => void;
  /** Something to undo when all benches are over. */
  atLast: (undo: () => Promise<void>) => void;
}
