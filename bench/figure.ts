/** One measured number, beside what it would be without the grid around it and what it may be at most. */
export interface Figure {
  what: string;
  value: number;
  unit: 's' | 'ms' | 'MB' | 'kB' | '%' | 'x' | 'per s' | 'rows' | 'events' | 'services' | 'failures';
  /** The same by the bare parts alone, measured in the same run, in the same unit. */
  floor?: number;
  limit?: number;
  note?: string;
}

export const isBroken = ({ value, limit }: Figure): boolean => limit !== undefined && !(value <= limit);

export interface Bench {
  name: string;
  /** It is about the Temporal server that a grid has by itself. */
  embedded?: true;
  /** It takes so long that it is run when it is asked for by its name. */
  onlyNamed?: true;
  run: (site: Site) => Promise<Figure[]>;
}

/** What benches share. */
export interface Site {
  /** Path of the Temporal server's binary. */
  temporal: string;
  /** The server that grids are on, where it is not the one that each has by itself (`--on postgresql`). */
  server?: Server;
  /** One line about what is going on. */
  tell: (text: string) => void;
  /** Something to undo when this bench is over, however it ends. */
  later: (undo: () => Promise<void>) => void;
  /** Something to undo when all benches are over. */
  atLast: (undo: () => Promise<void>) => void;
}

/** Temporal's own server on PostgreSQL, with a namespace for each grid. */
export interface Server {
  address: string;
  pid: number;
  /** Processes of PostgreSQL as they are now. */
  databasePids: () => number[];
  /** What it holds of everything: rows of Temporal's tables, and what both databases take. */
  stored: () => { rows: number; kB: number };
}
