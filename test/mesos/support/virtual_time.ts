import type { Clock } from '../../../tools/mesos_emulator/clock';

/** Time that passes when it is told to. */
export interface VirtualClock extends Clock {
  /** When something happens next; undefined when nothing ever does. */
  nextAt(): number | undefined;
  /** Goes on to the next thing that happens, and lets it happen. */
  step(): void;
  /** Goes on to a time before which nothing happens. */
  goTo(ms: number): void;
}

export function virtualClock(start: number): VirtualClock {
  let now = start;
  let count = 0;
  const timers = new Map<number, { at: number; work: () => void }>();
  const next = () => [...timers].reduce<[number, { at: number; work: () => void }] | undefined>((first, one) => (first && first[1].at <= one[1].at ? first : one), undefined);
  return {
    now: () => now,
    after(ms, work) {
      const id = (count += 1);
      timers.set(id, { at: now + Math.max(0, ms), work });
      return () => void timers.delete(id);
    },
    nextAt: () => next()?.[1].at,
    step() {
      const [id, { at, work }] = next()!;
      timers.delete(id);
      now = Math.max(now, at);
      work();
    },
    goTo: (ms) => { now = Math.max(now, ms); },
  };
}
