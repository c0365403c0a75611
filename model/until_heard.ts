import { tryAgain } from './try_again';

/** How the message begins when a lifecycle was asked in a moment in which it could not answer (`workflows/interceptors.ts`). */
export const ASKED_TOO_EARLY = 'asked too early';

const ATTEMPTS = 20;
const PAUSE_MS = 50;

/**
 * Asks a lifecycle again when the question came before its last news were taken in; they are by the next workflow
 * task, which is on its way then. A question changes nothing, so it may be asked any number of times.
 * @throws what `ask` throws
 */
export const untilHeard = <T>(ask: () => Promise<T>): Promise<T> => tryAgain(ask, isEarly, { attempts: ATTEMPTS, pauseMs: PAUSE_MS });

/** {@link untilHeard} for every query of a Temporal client (`interceptors.workflow`). */
export const asksAgain = { query: <I, R>(input: I, next: (input: I) => Promise<R>) => untilHeard(() => next(input)) };

/** Whether this says so. */
export const isEarly = (error: unknown): boolean => error instanceof Error && error.message.startsWith(ASKED_TOO_EARLY);
