import { setTimeout as delay } from 'node:timers/promises';
import { problems, type Problem } from '../../../model/errors';
import type { MachineDeath, OnReach } from '../../../model/machine';
import { ProblemError } from '../../problem_error';
import type { HostDriver } from './one_host';

const PAUSE_MS = 10_000;

type OnDeath = (death: MachineDeath) => Promise<void>;

/**
 * See `Driver.watch`, of several hosts at once. Whatever is the matter with one of them, be it that its key is another
 * one, is told of the compute; the others are watched meanwhile.
 */
export async function watchSeveral(hosts: ReadonlyMap<string, HostDriver>, onDeath: OnDeath, signal: AbortSignal, onReach: OnReach = async () => {}): Promise<void> {
  const why = new Map<string, Problem>();
  const unheard = new Set(hosts.keys());
  const told = inTurn(() => {
    const away = [...hosts.keys()].filter((name) => why.has(name));
    return onReach(away.length > 0 ? together(away.map((name) => why.get(name)!)) : null, away);
  });
  const reachOf = (name: string) => async (problem: Problem | null) => {
    unheard.delete(name);
    if (problem) why.set(name, problem);
    else why.delete(name);
    // That all can be reached is known when all were.
    if (why.size > 0 || unheard.size === 0) await told();
  };
  await Promise.all([...hosts].map(([name, host]) => watchOne(host, onDeath, signal, reachOf(name))));
}

async function watchOne(host: HostDriver, onDeath: OnDeath, signal: AbortSignal, onReach: OnReach): Promise<void> {
  while (!signal.aborted) {
    try {
      await host.watch(onDeath, signal, onReach);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      await onReach(error.problem);
    }
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

/** One condition has room for one problem: what it says is what all say. */
const together = (all: Problem[]): Problem => ({ ...problems(all), message: all.map(({ message }) => message).join('; ') });

/** Two that are told at once would be told in any order. */
function inTurn(act: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(act, act));
}
