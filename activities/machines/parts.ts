import { problems } from '../../model/errors';
import type { Machine } from '../../model/machine';
import { ProblemError } from '../problem_error';
import type { Driver } from './driver';

/** What of a compute can be away by itself: each of its hosts where it has several, else all of it, without a name. */
export interface Part {
  host?: string;
  driver: Driver;
}

export const partsOf = (driver: Driver): Part[] =>
  driver.hosts ? [...driver.hosts].map(([host, one]) => ({ host, driver: one })) : [{ driver }];

/** The part that has what is on this host. */
export const partAt = (driver: Driver, host: string | undefined): Driver => driver.hosts?.get(host ?? '') ?? driver;

/**
 * The machines of all hosts that answer, and why the others do not.
 * @throws ProblemError when the compute is one part, and that does not answer
 */
export async function listParts(parts: readonly Part[], owner?: string): Promise<{ machines: Machine[]; away: Map<string, ProblemError> }> {
  const away = new Map<string, ProblemError>();
  const lists = await Promise.all(parts.map(async ({ host, driver }) => {
    try {
      return await driver.list(owner);
    } catch (error) {
      if (host === undefined || !(error instanceof ProblemError)) throw error;
      away.set(host, error);
      return [];
    }
  }));
  return { machines: lists.flat(), away };
}

/**
 * The same with all of them at once; one that is in trouble keeps none of the others from it.
 * @throws ProblemError with the problems of all that are in trouble; any other error as it is.
 */
export async function every<P, R>(parts: readonly P[], work: (part: P) => Promise<R>): Promise<R[]> {
  const answers = await Promise.allSettled(parts.map(work));
  const failed = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  const said = failed.filter((error) => error instanceof ProblemError);
  if (said.length < failed.length) throw failed.find((error) => !(error instanceof ProblemError));
  if (said.length > 0) throw new ProblemError(problems(said.map(({ problem }) => problem)), said.every(({ passing }) => passing));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}
