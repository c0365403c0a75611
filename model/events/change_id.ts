import type { Summary } from '../lifecycle';

/**
 * A lifecycle publishes its state with every change; its revision grows by one each time. An id may live again after it
 * was over: then it counts anew, which the time of its beginning tells apart.
 */
export interface Changed {
  life: string;
  revision: number;
}

export const changedOf = ({ createdAt, revision }: Pick<Summary, 'createdAt' | 'revision'>): Changed => ({ life: Date.parse(createdAt).toString(36), revision });

/** Id of the event of one lifecycle that tells of this change. */
export const changeIdOf = (summary: Pick<Summary, 'createdAt' | 'revision'>): string => {
  const { life, revision } = changedOf(summary);
  return `${life}-${revision}`;
};

/** What the last event was that somebody had; undefined for what {@link changeIdOf} did not make. */
export function parseChangeId(id: string | undefined): Changed | undefined {
  const [, life, revision] = /^([0-9a-z]{1,12})-(\d{1,15})$/.exec(id ?? '') ?? [];
  return life === undefined ? undefined : { life, revision: Number(revision) };
}
