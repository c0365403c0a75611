import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { MachineSpec } from '../../../model/machine';
import { computeId, frameworkId } from '../../../model/ids';
import type { FrameworkInput, Launched, Stopped } from '../../../model/mesos/messages';
import type { Task } from '../../../model/mesos/tasks';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT, type ComputeDocument } from '../../../model/messages';
import { untilProcessed, untilReady } from '../../../model/until_processed';
import { together } from './together';

/** The workflow that has all tasks of a compute. */
export interface Framework {
  tasks(): Promise<readonly Task[]>;
  launch(spec: MachineSpec): Promise<NonNullable<Launched>[number]>;
  stop(machine: { id: string; graceMs: number }): Promise<NonNullable<Stopped>[number]>;
  /** Starts it where it does not run, and resolves when it ended: whether it is to run again, which of a compute that is removed, or leads elsewhere, it is not. */
  keep(input: FrameworkInput): Promise<boolean>;
}

export function openFramework(client: Client, compute: string, waitMs: number): Framework {
  const handle = client.workflow.getHandle(frameworkId(compute));
  const ask = async <A, R>(update: string, args: A): Promise<R> => {
    // Asked again where it went on in another run meanwhile.
    for (;;) {
      const answer = await untilProcessed(() => handle.executeUpdate<R | null, [A]>(update, { args: [args] }));
      if (answer !== null) return answer;
    }
  };
  const tasks = together(`tasks ${compute}`, async (askers: undefined[]) => {
    const all = await untilReady(() => handle.query<Task[]>('tasks')).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    });
    return askers.map(() => all);
  });
  return {
    tasks: () => tasks(undefined),
    launch: together(`launch ${compute}`, (specs: MachineSpec[]) => ask<{ specs: MachineSpec[]; waitMs: number }, NonNullable<Launched>>('launch', { specs, waitMs })),
    stop: together(`stop ${compute}`, (machines: { id: string; graceMs: number }[]) => ask<{ machines: typeof machines }, NonNullable<Stopped>>('stop', { machines })),
    async keep(input) {
      const workflowId = frameworkId(compute);
      await client.workflow.start('mesosFramework', {
        workflowId, args: [input], taskQueue: CONTROL_QUEUE, workflowIdConflictPolicy: 'USE_EXISTING', workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, staticSummary: `framework of compute ${compute}: ${input.connector}`,
      });
      await handle.result();
      const { state, connector } = await client.workflow.getHandle(computeId(compute)).query<ComputeDocument>('document');
      return state !== 'removed' && connector === input.connector;
    },
  };
}
