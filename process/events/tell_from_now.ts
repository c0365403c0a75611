/**
 * Hears what comes from now on, and tells it after what `before` has told first, so that nothing is missed in between.
 * @param before tells how things are, or were; answers what tells the rest
 * @returns what ends it; it has ended where `before` throws
 */
export async function tellFromNow<N>(listen: (listener: (news: N) => void) => (() => void) | Promise<() => void>, before: () => Promise<(news: N) => void>): Promise<() => void> {
  const early: N[] = [];
  let hear = (news: N): void => void early.push(news);
  const stop = await listen((news) => hear(news));
  try {
    hear = await before();
    early.forEach(hear);
    return stop;
  } catch (error) {
    stop();
    throw error;
  }
}
