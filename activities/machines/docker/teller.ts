import { setTimeout as delay } from 'node:timers/promises';
import type { MachineDeath } from '../../../model/machine';

/** Tells deaths until somebody heard. */
export interface Teller {
  /** Whether the death of this container is told, or being told. */
  knows(id: string): boolean;
  tell(id: string, death: MachineDeath): void;
  /** Resolves when no telling is under way any more. */
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** So many told ones are remembered; a container that was told is marked, this is for those that are gone. */
const REMEMBERED = 10_000;

/** @param remember makes a death one that was told, for all who watch later */
export function openTeller(onDeath: (death: MachineDeath) => Promise<void>, remember: (id: string, machine: string) => Promise<void>, signal: AbortSignal): Teller {
  const tellings = new Map<string, Promise<void>>();
  const told = new Set<string>();

  const untilHeard = async (id: string, death: MachineDeath) => {
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (await onDeath(death).then(() => true, () => false)) break;
      await delay(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
    told.add(id);
    if (told.size > REMEMBERED) told.delete(told.values().next().value!);
    await remember(id, death.machine).catch(() => {});
  };

  return {
    knows: (id) => told.has(id) || tellings.has(id),
    tell(id, death) {
      tellings.set(id, untilHeard(id, death).finally(() => tellings.delete(id)));
    },
    async close() {
      await Promise.all(tellings.values());
    },
  };
}
