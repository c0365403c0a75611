/** How often something is done before its failure counts, and how long to wait in between. */
export interface Patience {
  attempts: number;
  pauseMs?: number;
}

/** Does it again as long as the failure is one that passes. @throws what `work` throws */
export async function tryAgain<T>(work: () => Promise<T>, passes: (error: unknown) => boolean, { attempts, pauseMs }: Patience): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error) || attempt === attempts) throw error;
    }
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
