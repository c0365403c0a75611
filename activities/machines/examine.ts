import { aheadOf } from '../../model/doctor';
import type { Examined } from '../../model/messages';
import { problem, type Problem } from '../../model/errors';
import { ProblemError } from '../problem_error';
import { within } from '../within';
import type { Driver } from './driver';
import { partsOf } from './parts';

const ANSWER_WITHIN_MS = 8_000;

/** How the hosts of these computes are, all asked at once; one that cannot be asked says why, and hides nothing of the others. */
export async function examined(computes: readonly { name: string; driver: Driver }[]): Promise<Examined[]> {
  const parts = computes.flatMap(({ name, driver }) => partsOf(driver).map(({ host, driver: part }) => ({ compute: name, host: host ?? null, driver: part })));
  return Promise.all(parts.map(async ({ driver, ...part }): Promise<Examined> => {
    const before = Date.now();
    try {
      const asked = Promise.resolve(driver.vitals?.());
      if (!(await within(asked, ANSWER_WITHIN_MS))) return { ...part, problem: silent(part.compute), disk: null, aheadMs: null };
      const { now, disk } = (await asked) ?? {};
      return { ...part, problem: null, disk: disk ?? null, aheadMs: now === undefined ? null : aheadOf(now, before, Date.now()) };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { ...part, problem: error.problem, disk: null, aheadMs: null };
    }
  }));
}

const silent = (compute: string): Problem =>
  problem(504, 'compute_silent', `compute ${compute} did not answer within ${ANSWER_WITHIN_MS / 1000} s`, 'See that what its connector leads to is up and can be reached from the control worker.');
