import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { isProblem, problem, type Problem } from '../../model/errors';

/** The only failure workflow code throws; its problem reaches the caller whole. */
export const fail = (p: Problem) =>
  ApplicationFailure.create({ message: p.message, type: p.code, nonRetryable: true, details: [p] });

/** Throws what speaks against a request, if anything does: for validators and for the check right before the change. */
export function objectTo(objection: Problem | undefined): void {
  if (objection) throw fail(objection);
}

const TIMEOUTS: Record<string, string> = {
  HEARTBEAT: 'its worker fell silent',
  START_TO_CLOSE: 'it did not end within its time limit',
  SCHEDULE_TO_CLOSE: 'it did not end within the time limit of the step',
  SCHEDULE_TO_START: 'no worker took it',
};

/** Whatever an effect threw, as a problem a person can act on. */
export function problemOf(error: unknown): Problem {
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isProblem(cause.details?.[0])) return cause.details[0];
  if (cause instanceof TimeoutFailure) {
    const why = TIMEOUTS[cause.timeoutType ?? ''] ?? 'it did not answer in time';
    return problem(504, 'timed_out', `${activityName(error)}: ${why}`, 'Look at the control worker and at what it works on, then retry.');
  }
  const message = cause instanceof Error ? cause.message : 'unknown failure';
  return problem(500, 'step_failed', `${activityName(error)}: ${message}`, 'Look at the log of the control worker, then retry.');
}

const activityName = (error: unknown) => (error instanceof ActivityFailure ? error.activityType : 'workflow');
