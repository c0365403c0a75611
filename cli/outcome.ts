import { EXIT } from './exit';
import { OVER, READY } from '../model/states';
import type { OrderIs } from '../model/environment/orders';
import { knownInstances, type Shown } from './wire';

/**
 * What is waited for: the cluster ready; the operation done; the operation over, however; nothing left; held.
 * `end` is where `watch` ends.
 */
export type Goal = 'ready' | 'done' | 'over' | 'destroyed' | 'paused' | 'end';

export interface Outcome {
  exit: number;
  is: 'reached' | 'missed' | 'blocked' | 'paused' | 'degraded';
}

const REACHED: Outcome = { exit: EXIT.ok, is: 'reached' };
const MISSED: Outcome = { exit: EXIT.error, is: 'missed' };
const TAKING_DOWN = ['destroy', 'uninstall', 'remove', 'terminate'];

/**
 * Whether waiting is over, and with what. `after` is the revision that the command left behind: an older document
 * still shows what the command was sent to change, e.g. the step that `retry` is about to take up.
 */
export function outcomeOf(life: Shown, goal: Goal, after = -1): Outcome | undefined {
  if (life.stale) return undefined;
  const final = OVER.includes(life.state);
  const idle = !life.operation && !life.replan && life.revision > after;
  const ready = READY.includes(life.state) && idle && allUp(life);
  switch (goal) {
    case 'end':
      return final || (READY.includes(life.state) && !life.operation) ? REACHED : undefined;
    case 'ready':
      if (final) return MISSED;
      return ready ? whole(life) : personNeeded(life, after);
    case 'done':
      if (final) return MISSED;
      if (!idle) return personNeeded(life, after);
      return life.operations?.at(-1)?.outcome === 'aborted' ? MISSED : whole(life);
    case 'over':
      return final || idle ? REACHED : isTakenDown(life) ? personNeeded(life, after) : undefined;
    case 'destroyed':
      // Until the destroy itself has begun, what is blocked is the operation that it ends.
      return final ? REACHED : isTakenDown(life) ? personNeeded(life, after) : undefined;
    case 'paused':
      return final ? MISSED : life.paused && !at(life, 'running') ? REACHED : undefined;
  }
}

const isTakenDown = ({ operation }: Shown): boolean => TAKING_DOWN.includes(operation?.kind ?? '');

/** A service says that it is installed; its instances say that they are what was ordered last. */
function allUp(life: Shown): boolean {
  const { wish, generations } = life;
  const known = knownInstances(life);
  return !wish || (known.length === wish.planned && known.every((i) => i.up && !i.leaving && i.generation === generations?.at(-1)?.number));
}

const at = (life: Shown, state: 'running' | 'blocked'): boolean => (life.steps ?? []).some((step) => step.state === state);

const whole = (life: Shown): Outcome =>
  life.conditions.some((c) => c.type === 'Degraded') ? { exit: EXIT.waiting, is: 'degraded' } : REACHED;

function personNeeded(life: Shown, after: number): Outcome | undefined {
  if (life.revision <= after) return undefined;
  if (at(life, 'blocked') || knownInstances(life).some((i) => i.blocked) || onlyBlocked(life)) return { exit: EXIT.waiting, is: 'blocked' };
  return life.paused && !at(life, 'running') ? { exit: EXIT.waiting, is: 'paused' } : undefined;
}

/** What services of a run say, of those that are in this state. */
export const saidBy = ({ said = {} }: Shown, state: OrderIs['state']): OrderIs[] => Object.values(said).filter((one) => one.state === state);

/** A run goes on beside a service that is blocked, as long as there is something that does not need it. */
function onlyBlocked(life: Shown): boolean {
  const blocked = saidBy(life, 'blocked').length;
  return blocked > 0 && (life.steps ?? []).filter((step) => step.state === 'running').length === blocked;
}
