/** Temporal's type of failure for an update that its workflow never got to see. */
const UNPROCESSED = 'UnprocessedUpdate';
const ATTEMPTS = 10;

/**
 * Sends an update again when its workflow never got to see it: that happens when a busy worker takes its task later
 * than the sticky queue waits for it. Nothing was carried out then, and the same update id counts once in any case.
 * @throws what `send` throws
 */
export async function untilProcessed<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!wasNotProcessed(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Whether this error of an update says that nobody took it. */
const wasNotProcessed = (error: unknown): boolean => (error as { cause?: { type?: unknown } } | null)?.cause?.type === UNPROCESSED;
