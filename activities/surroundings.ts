import type { Client } from '@temporalio/client';

/** What activities need of the process they run in. */
export interface Surroundings {
  client: Client;
  gridHome: string;
  /** The grid's own id, the label of everything it makes. */
  grid: string;
  /** Where scripts find the API. */
  api: string;
  /** argv that runs the `grid` command. */
  gridCommand: string[];
}
