import {
  CancelledFailure, isGrpcServiceError, NamespaceNotFoundError, TerminatedFailure, TimeoutFailure,
  WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { isProblem, problem, type Problem } from '../../model/errors';
import { isUnprocessed } from '../../model/until_processed';

/** gRPC status codes. */
const BUSY = [8, 10]; // resource exhausted, aborted
const NOT_ACCEPTED = 3; // invalid argument
const NOT_FOUND = 5;
const REFUSED = [7, 16]; // permission denied, unauthenticated

const MAX_CAUSES = 10;

/**
 * What an error means to the caller: the Problem it carries, however deep (a refused update, a failed call), or that
 * Temporal or its workers do not answer. Undefined for an error that nobody foresaw.
 */
export function problemOf(error: unknown): Problem | undefined {
  let refused = false;
  let at: unknown = error;
  for (let n = 0; n < MAX_CAUSES && at instanceof Error; n += 1, at = at.cause) {
    const carried = isProblem(at) ? at : problemIn(at);
    if (carried) return saidOnly(carried);
    if (at instanceof NamespaceNotFoundError) return noNamespace();
    if (at instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isUnprocessed(at)) return noAnswer();
    if (at instanceof TimeoutFailure || at instanceof TerminatedFailure || at instanceof CancelledFailure) return calledOff();
    if (at instanceof WorkflowNotFoundError) return notThere(at.workflowId);
    if (isGrpcServiceError(at)) return ofGrpc(at.code);
    refused ||= at instanceof WorkflowUpdateFailedError;
  }
  return refused ? notTaken(error as Error) : undefined;
}

/** Workflows and activities throw ApplicationFailures whose first detail is the Problem. */
function problemIn(error: Error): Problem | undefined {
  const { details } = error as { details?: unknown };
  const first = Array.isArray(details) ? details[0] : undefined;
  return isProblem(first) && first.status >= 400 && first.status < 600 ? first : undefined;
}

/** A raised problem is an Error too: only what a Problem has is told. */
function saidOnly({ status, code, error, message, fix, field, line, evidence, problems }: Problem): Problem {
  const where = Object.fromEntries(Object.entries({ field, line, evidence, problems }).filter(([, value]) => value !== undefined));
  return { status, code, error, message, fix, ...where };
}

function ofGrpc(code: number): Problem {
  if (BUSY.includes(code)) return problem(503, 'busy', 'too much is asked of Temporal at this moment', 'Try again in a moment.');
  if (REFUSED.includes(code)) return problem(503, 'temporal_refuses', 'Temporal does not let this API in', 'Check TEMPORAL_API_KEY and TEMPORAL_TLS… of the API.');
  if (code === NOT_ACCEPTED) return problem(400, 'not_accepted', 'Temporal does not take this', 'Ask for less at once, or send less.');
  return code === NOT_FOUND ? noNamespace() : noAnswer();
}

const noNamespace = (): Problem => problem(503, 'no_namespace', 'Temporal does not know the namespace of this grid', 'Bring the grid up once with `grid up`, which makes it.');

export const noAnswer = (): Problem =>
  problem(503, 'no_answer', 'Temporal or the control worker did not answer in time', 'See with /readyz which one is away; try again when it is back.');

const calledOff = (): Problem =>
  problem(503, 'called_off', 'the command did not end in time or was ended from outside', 'See that a control worker runs (/readyz), then send it again.');

export const notThere = (id: string): Problem => problem(404, 'not_found', `there is no ${id}`, 'See the list at /api/v1/lifecycles.');

const notTaken = (error: Error): Problem =>
  problem(409, 'not_taken', `the command was not taken: ${((error.cause as Error | undefined) ?? error).message.slice(0, 200)}`, 'See which verbs this kind of lifecycle allows.');
