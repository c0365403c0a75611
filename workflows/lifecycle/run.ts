import type { CancellationScope } from '@temporalio/workflow';
import type { CommandPlan } from '../../model/command_plan';
import type { Lifecycle, Summary, Verb } from '../../model/lifecycle';

/** One run of a lifecycle's workflow: its state, and what is going on in this very process. */
export interface Run<S extends Lifecycle = Lifecycle> {
  state: S & { createdAt: string; updatedAt: string };
  /** What the kind adds to the summary. */
  detail: (state: S) => Summary['detail'];
  /** The operation that is going on; cancelled by destroy, abort and repair. */
  scope: CancellationScope | null;
  /** Search attributes as they were last written, so that only changes are. */
  published: { state: string; blocked: boolean } | null;
  /** What a verb would do now, where the kind can say so. */
  planOf?: (verb: Verb) => CommandPlan | undefined;
  /** Starts the next run of this workflow with this state; never returns. */
  carryOver: () => Promise<never>;
  /** True when its own part of the task history is as long as one run keeps. */
  full?: () => boolean;
  /** Its steps are done all the time: that one begins is not told, only what keeps it. */
  quiet?: true;
  /** Called with every change that is shown: tells those who have to know. */
  told?: () => void;
  /** Resolves when all of that was delivered; a run may not end before. */
  allTold?: () => Promise<void>;
}

export const now = () => new Date().toISOString();

export function openRun<S extends Lifecycle & { createdAt: string; updatedAt: string }>(
  state: S,
  detail: Run<S>['detail'],
  carryOver: Run<S>['carryOver'],
): Run<S> {
  return { state, detail, carryOver, scope: null, published: null };
}

/** Makes the run's own operation stop where it is. */
export function interrupt<S extends Lifecycle>(run: Run<S>, by: NonNullable<Lifecycle['interrupt']>): void {
  run.state.interrupt = by;
  run.scope?.cancel();
}
