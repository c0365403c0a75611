import { tryAgain } from './try_again';

/** Whether this is Temporal's failure of an update that its workflow never got to see. */
export const isUnprocessed = (failure: unknown): boolean => (failure as { type?: unknown } | null | undefined)?.type === 'UnprocessedUpdate';

/** What Temporal answers while a lifecycle's last task failed or was left by a worker that died: it lets nothing be asked of it then. */
const NOT_READY = 'due to Workflow Task in failed state';
const isNotReady = (error: unknown): boolean => (error as { cause?: { message?: string } }).cause?.message?.includes(NOT_READY) ?? false;

const READY_WITHIN = { attempts: 240, pauseMs: 250 };
const ATTEMPTS = 10;

/**
 * Asks again, for a minute, while the task of a lifecycle waits for a worker that can do it: who asked was let in by none.
 * @throws what `ask` throws
 */
export const untilReady = <T>(ask: () => Promise<T>): Promise<T> => tryAgain(ask, isNotReady, READY_WITHIN);

/**
 * Sends an update again when its workflow never got to see it: that happens when a busy worker takes its task later
 * than the sticky queue waits for it. Nothing was carried out then, and the same update id counts once in any case.
 * @throws what `send` throws
 */
export const untilProcessed = <T>(send: () => Promise<T>): Promise<T> =>
  untilReady(() => tryAgain(send, (error) => isUnprocessed((error as Error).cause), { attempts: ATTEMPTS }));
