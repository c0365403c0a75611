import { tryAgain } from './try_again';

/** Whether this is Temporal's failure of an update that its workflow never got to see. */
export const isUnprocessed = (failure: unknown): boolean => (failure as { type?: unknown } | null | undefined)?.type === 'UnprocessedUpdate';

const ATTEMPTS = 10;

/**
 * Sends an update again when its workflow never got to see it: that happens when a busy worker takes its task later
 * than the sticky queue waits for it. Nothing was carried out then, and the same update id counts once in any case.
 * @throws what `send` throws
 */
export const untilProcessed = <T>(send: () => Promise<T>): Promise<T> =>
  tryAgain(send, (error) => isUnprocessed((error as Error).cause), { attempts: ATTEMPTS });
