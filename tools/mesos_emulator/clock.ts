/** Time as the emulator has it: real, or that of a test, where seconds pass when the test says so. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the work then; the answer calls it off. */
  after(ms: number, work: () => void): () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, work) {
    // A longer timer would fire at once: some weeks are as good as for ever here.
    const timer = setTimeout(work, Math.min(ms, LONGEST_TIMER_MS));
    // Nobody stays for it: a framework is forgotten after weeks.
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** As Mesos writes times. */
export const seconds = (ms: number): number => ms / 1_000;
export const nanoseconds = (ms: number) => ({ nanoseconds: Math.round(ms * 1e6) });
