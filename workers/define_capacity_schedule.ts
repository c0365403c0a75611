import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../model/messages';
import { CAPACITY_RUN, CAPACITY_SCHEDULE } from '../model/services/capacity_state';

/** As many runs stay readable in the Temporal UI. */
const KEPT_RUNS = 100;

const scheduleOf = (intervalMs: number) => ({
  spec: { intervals: [{ every: intervalMs }] },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m', pauseOnFailure: false },
  action: {
    type: 'startWorkflow' as const,
    workflowType: CAPACITY_RUN,
    workflowId: CAPACITY_SCHEDULE,
    taskQueue: CONTROL_QUEUE,
    args: [{ keepMs: KEPT_RUNS * intervalMs }],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    // One that hangs must not keep the next ones from looking.
    workflowRunTimeout: '2m',
    staticSummary: 'one look of the capacity planner',
  },
});

/** The Schedule that has the capacity planner look; one that a person paused stays paused. */
export async function defineCapacitySchedule(client: Client, intervalMs: number): Promise<void> {
  const wanted = scheduleOf(intervalMs);
  try {
    await client.schedule.create({ scheduleId: CAPACITY_SCHEDULE, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(CAPACITY_SCHEDULE).update(({ state }) => ({ ...wanted, state }));
  }
}
