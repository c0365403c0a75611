/** The value below which this share of the samples lies, by rank: nothing is made up between two samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Does the work so often, one after the other, and answers how long each took, in ms. */
export async function timeEach(times: number, work: (i: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await work(i);
    took.push(performance.now() - started);
  }
  return took;
}
