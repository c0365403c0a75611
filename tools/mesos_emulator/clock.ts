/** Time as the emulator has it: real, or that of a test, where seconds pass when the test says so. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the work then; the answer calls it off. */
  after(ms: number, work: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

/** As Mesos writes times. */
export const seconds = (ms: number): number => ms / 1_000;
export const nanoseconds = (ms: number) => ({ nanoseconds: Math.round(ms * 1e6) });
