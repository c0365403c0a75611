import { WorkflowNotFoundError, type Client } from '@temporalio/client';

const ANSWER_MS = 3_000;

/** The document of a lifecycle; undefined when there is none. */
export async function documentOf<D>(client: Client, id: string): Promise<D | undefined> {
  try {
    return await client.withDeadline(Date.now() + ANSWER_MS, () => client.workflow.getHandle(id).query<D>('document'));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
