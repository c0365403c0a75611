import { problem } from '../../../../model/errors';
import { ProblemError } from '../../../problem_error';
import type { Masters } from './masters';

/** Problems with a master, in its own words where it has any. */

const LONGEST_SAYING = 1_000;

/** Nobody who leads answers; what was asked may yet have been heard. */
export class MasterUnreachable extends ProblemError {
  /** @param delivered false where certainly nobody heard of it */
  constructor({ compute, shown }: Pick<Masters, 'compute' | 'shown'>, reason: string, readonly delivered = false) {
    super(problem(503, 'master_unreachable', `compute ${compute}: no leading Mesos master at ${shown}: ${reason}`,
      'See that a master runs and leads there, and that it can be reached from the control worker; tasks run on meanwhile.', { field: 'connector', evidence: reason }), true);
  }
}

/** The leading master said no, with this status and text. */
export class MasterRefusal extends ProblemError {
  constructor({ compute }: Pick<Masters, 'compute'>, what: string, readonly status: number, readonly said: string) {
    super(status === 401 || (status === 403 && !/not subscribed/.test(said))
      ? problem(403, 'master_denied', `compute ${compute}: the Mesos master does not let the grid in: ${cut(said)}`, 'Give the compute credentials that it takes: auth=file:/path or auth=env:NAME in its connector, a JSON with principal and secret.', { field: 'connector', evidence: cut(said) })
      : problem(422, 'master_refused', `compute ${compute}: the Mesos master refused ${what}: ${cut(said)}`, 'See what it says, and its log.', { evidence: cut(said) }));
  }

  /** True when another subscription, or none, is the one that counts. */
  get isOver(): boolean {
    return (this.status === 403 && /not subscribed/.test(this.said)) || (this.status === 400 && /Framework cannot be found|stream ID/.test(this.said));
  }
}

/** When a call finds nobody the stream ends too, and the next subscription begins anew. @throws what is more than that */
export function passing(error: unknown): void {
  if (!(error instanceof MasterUnreachable || (error instanceof MasterRefusal && error.isOver))) throw error;
}

const cut = (text: string) => text.trim().slice(0, LONGEST_SAYING);
