import type { Headers } from '@temporalio/common';
import { workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { TRACE_HEADER } from '../model/messages';

/** What a lifecycle does by itself much later is nobody's doing any more. */
const COUNTS_MS = 3_600_000;
/** These do in one moment what several asked for by signals: whose doing what they answer is, they cannot say. */
const SERVE_MANY: ReadonlySet<string> = new Set(['compute', 'mesosFramework']);

/**
 * Hands on of which trace something is: what came with the start, with a command or with the signal of another lifecycle goes along with
 * every activity, child and signal that follows. Of two tasks at once, what the deployment planner does for both is of the later. Of traces
 * no more is known here than this header, and without one nothing is added.
 */
export function handsOnTrace(): Required<Pick<WorkflowInterceptors, 'inbound' | 'outbound'>> {
  let heard: { trace: Headers[string]; at: number } | undefined;
  const servesMany = SERVE_MANY.has(workflowInfo().workflowType);
  const hear = ({ headers }: { headers: Headers }): void => {
    const trace = headers[TRACE_HEADER];
    if (trace) heard = { trace, at: Date.now() };
  };
  const along = <I extends { headers: Headers }>(input: I): I =>
    heard && Date.now() - heard.at < COUNTS_MS ? { ...input, headers: { ...input.headers, [TRACE_HEADER]: heard.trace } } : input;
  return {
    inbound: [{
      execute: (input, next) => (hear(input), next(input)),
      handleUpdate: (input, next) => (hear(input), next(input)),
      handleSignal: (input, next) => {
        if (!servesMany) hear(input);
        return next(input);
      },
    }],
    outbound: [{
      scheduleActivity: (input, next) => next(along(input)),
      startChildWorkflowExecution: (input, next) => next(along(input)),
      signalWorkflow: (input, next) => next(servesMany ? input : along(input)),
    }],
  };
}
