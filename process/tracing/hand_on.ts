import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { TRACE_HEADER } from '../../model/messages';
import type { Tracing } from './tracing';

/** Says with every command of a Temporal client which span it is part of (`interceptors.workflow`); workflows hand it on to what they have done (`workflows/hand_on.ts`). */
export function handsOnTrace(tracing: Tracing | undefined): WorkflowClientInterceptor[] {
  if (!tracing) return [];
  const traced = (headers: Headers): Headers => {
    const here = tracing.here();
    return here === undefined ? headers : { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(here) };
  };
  const along = <I extends { headers: Headers }>(input: I): I => ({ ...input, headers: traced(input.headers) });
  return [{
    startWithDetails: (input, next) => next(along(input)),
    signal: (input, next) => next(along(input)),
    signalWithStart: (input, next) => next(along(input)),
    startUpdate: (input, next) => next(along(input)),
    startUpdateWithStart: (input, next) => next({ ...input, workflowStartHeaders: traced(input.workflowStartHeaders), updateHeaders: traced(input.updateHeaders) }),
  }];
}
