import type { Client } from '@temporalio/client';

/** Where Temporal is found. */
export interface Reach {
  client: Client;
  namespace: string;
}

/** Lets every call to Temporal that `work` makes end by then; after that they fail with DEADLINE_EXCEEDED. */
export const within = <T>({ client }: Pick<Reach, 'client'>, ms: number, work: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + ms, work);
