/**
 * Work that is done for many at once: never twice at a time, and for each who asks in a run that begins after that.
 * Whoever asks while it is done shares the next run with all others who do.
 */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const begin = () => {
    next = undefined;
    return (current = work());
  };
  return () => (next ??= current.then(begin, begin));
}
