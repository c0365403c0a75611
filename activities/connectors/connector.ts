/**
 * A foreign genisys connector (G-10 … G-14): it runs services of its own definition, and all there is to say to it is
 * how many. Every call throws ProblemError: 503 `connector_unreachable` (passing) when nobody answered, 502
 * `connector_failed` when the answer was none of the contract's, 502 `outcome_unknown` when a call that must not be made
 * twice was cut; and the signal's reason once it is aborted.
 */
export interface Connector {
  /** How many of this service run there now; undefined where the connector's contract (seed era) cannot say. */
  running(service: string, signal: AbortSignal): Promise<number | undefined>;

  /**
   * Brings the service from `had` (what we believe runs) to `wanted`; answers what runs then, as far as known. In the
   * seed era that may be fewer than wanted, when the connector refused after some had been started: ask again with
   * what runs then.
   */
  scale(service: string, change: Change, signal: AbortSignal): Promise<number | undefined>;

  /** Whether anybody answers there at all. */
  reach(signal: AbortSignal): Promise<void>;
}

export interface Change {
  wanted: number;
  had: number;
}
