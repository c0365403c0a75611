import { condition, continueAsNew } from '@temporalio/workflow';

/** Goes by the name of a cluster, passes on to the next run as often as told, then stays. */
export async function cluster(runs: number): Promise<void> {
  if (runs > 1) await continueAsNew<typeof cluster>(runs - 1);
  await condition(() => false);
}
