import type { Step, Verb } from './lifecycle';

/** What a verb does, for whoever is about to use it. */
export const MEANS: Readonly<Record<Verb, string>> = {
  retry: 'try the blocked step again', skip: 'go on without it', pause: 'start no further step', resume: 'go on', abort: 'take back what was done',
  repair: 'make it whole again', destroy: 'take it down, give everything back',
};

/** How far a step is, e.g. `1/2`; empty where it does not say. */
export const shares = ({ progress }: Step): string => (progress?.total ? `${progress.done}/${progress.total}` : '');

/** Why a step is not done: what it waits for while it can go on by itself, and what went wrong. */
export function reasonOf({ state, waitingFor, lastError }: Step): string {
  if (state === 'done') return '';
  if (state === 'blocked') return lastError?.message ?? '';
  return [waitingFor, lastError && `last error: ${lastError.message}`].filter(Boolean).join('; ');
}
