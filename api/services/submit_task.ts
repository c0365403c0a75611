import { unknownConsumer } from '../../model/services/read_task';
import { lifecycleOf, subjectOf } from '../../model/services/seed_ids';
import type { NewTask } from '../../model/services/messages';
import { raise } from '../../model/raise';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { noAnswer, problemOf } from '../temporal/failures';

/** For an install, a worker reads the recipe first. */
const TAKEN_MS = 10_000;

/**
 * Hands a task to its consumer.
 * @throws Problem 404 without that agent, 409 with the header X-Status-Reason while a similar one is pending (SG-5), what the consumer's check says
 */
export async function submitTask(c: Ctx, grid: Grid, wanted: NewTask): Promise<void> {
  const { consumer_id } = wanted.task.routing;
  const consumer = subjectOf(consumer_id) ?? raise(unknownConsumer(consumer_id));
  try {
    await command<NewTask>(grid, lifecycleOf(consumer), 'new_task', wanted, updateIdOf(c), TAKEN_MS);
  } catch (error) {
    const said = problemOf(error);
    if (said?.code === 'similar_task') c.header('X-Status-Reason', 'Similar task already in queue');
    if (said?.code === 'not_found') raise(consumer.kind === 'agent' ? unknownConsumer(consumer_id) : noAnswer());
    throw error;
  }
}
