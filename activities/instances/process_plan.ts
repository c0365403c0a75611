/** One process of an instance as its recipe wants it, everything replaced and checked. */
export interface ProcessPlan {
  /** Also in the id under which it is kept. */
  name: string;
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  /** Open on the machine's address once it works. */
  ports: number[];
  startTimeoutMs: number;
  stopGraceMs: number;
  /** The lower starts first and stops last. */
  prio: number;
}
