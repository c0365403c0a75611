import type { Client } from '@temporalio/client';

/** What activities need of the process they run in. */
export interface Surroundings {
  client: Client;
  gridHome: string;
  /** The grid's own id, the label of everything it makes. */
  grid: string;
  /** Where scripts find the API. */
  api: string;
  /** File of tokens (GRID_TOKENS), where tokens are in use. */
  tokens?: string;
  /** argv that runs the `grid` command. */
  gridCommand: string[];
  /** Directory of products and recipes. */
  catalog: string;
  /** How often what runs at connectors of others is looked at. */
  pollIntervalMs: number;
  agents: {
    /** Program that an agent is, as machines of this host find it. */
    program: string;
    /** Where agents find Temporal. */
    env: Record<string, string>;
    /** Silence after which an agent counts as unreachable. */
    timeoutMs: number;
  };
}
