import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Activities } from '../activities';
import { TRACE_HEADER } from '../model/messages';
import type { Tracing } from '../process/tracing/tracing';

/** These go on for as long as what they watch: a span of them would never end. */
const WATCHES: ReadonlySet<string> = new Set<keyof Activities>(['watchMachines', 'holdFramework', 'keepCounts', 'beginLease', 'hearChanges']);

/** Every activity that somebody's request led to is a span of its trace. */
export function traceActivities(tracing: Tracing | undefined): ActivityInterceptorsFactory[] {
  if (!tracing) return [];
  return [({ info }) => (WATCHES.has(info.activityType) ? {} : {
    inbound: {
      execute(input, next) {
        const header = input.headers[TRACE_HEADER];
        if (!header) return next(input);
        const about = {
          'grid.lifecycle': info.workflowExecution?.workflowId, 'grid.step': info.activityId, 'grid.attempt': info.attempt,
          'grid.waited_ms': Date.now() - info.currentAttemptScheduledTimestampMs,
        };
        return tracing.span({ name: info.activityType, kind: 'activity', of: String(defaultPayloadConverter.fromPayload(header)), about }, () => next(input));
      },
    },
  })];
}
