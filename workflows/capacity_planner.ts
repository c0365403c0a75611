import { workflowInfo } from '@temporalio/workflow';
import { effects } from './lifecycle/effects';

const LOOK_TIMEOUT_MS = 30_000;

export interface CapacityLook {
  /** Runs that began longer ago are deleted: there are thousands of them a day. */
  keepMs: number;
}

/** One look of the capacity planner at all services that have a scaling rule (SG-21); a Temporal Schedule starts it. Answers what it decided. */
export async function capacityPlanner({ keepMs }: CapacityLook): Promise<string[]> {
  const act = effects({ summary: 'look at services with a scaling rule', timeoutMs: LOOK_TIMEOUT_MS, attempts: 2 });
  return act.lookAtServices({ look: workflowInfo().runId, keepMs });
}
