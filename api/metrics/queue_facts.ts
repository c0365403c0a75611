import { temporal } from '@temporalio/proto';
import { CONTROL_QUEUE } from '../../model/messages';
import { within, type Reach } from '../../process/within';

/** What waits for the control workers. */
export interface QueueFacts {
  type: 'workflow' | 'activity';
  /** About how many tasks wait, and how long the first of them has. */
  backlog: number;
  ageSeconds: number;
}

const DESCRIBE_MS = 2_000;
const { TASK_QUEUE_TYPE_WORKFLOW: WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY: ACTIVITY } = temporal.api.enums.v1.TaskQueueType;
const TYPES = [['workflow', WORKFLOW], ['activity', ACTIVITY]] as const;

export const readQueue = ({ client, namespace }: Reach): Promise<QueueFacts[]> =>
  within({ client }, DESCRIBE_MS, () => Promise.all(TYPES.map(async ([type, taskQueueType]) => {
    const { stats } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: CONTROL_QUEUE }, taskQueueType, reportStats: true });
    const age = stats?.approximateBacklogAge;
    return { type, backlog: Number(stats?.approximateBacklogCount ?? 0), ageSeconds: Number(age?.seconds ?? 0) + (age?.nanos ?? 0) / 1e9 };
  })));
