import { ActivityCancellationType, CancellationScope, condition, defineSignal, isCancellation, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { Problem } from '../../model/errors';
import type { ComputeState } from '../../model/compute_state';
import { heldOf, holdingOf, isOver, takeCounted, takeHold, unreachableOf } from '../../model/holdings';
import { serviceId } from '../../model/ids';
import { clearCondition, setCondition } from '../../model/lifecycle';
import { CONTROL_QUEUE, type Counted, type Held, type Hold, type Reach } from '../../model/messages';
import { showDrained } from './handle_drain';
import { publishSoon } from '../lifecycle/publish';
import { now, type Run } from '../lifecycle/run';
import { teller, type Teller } from '../lifecycle/tell';

/** Bounded, so that the loop returns now and then; a worker that dies with it is noticed by its silence. */
const COUNT_FOR_MS = 12 * 3_600_000;

/** What is wanted of services at a connector of others: takes what services want and what was seen, and tells them how it is (G-12). */
export function handleHoldings(run: Run<ComputeState>): void {
  const { state } = run;
  const services = new Map<string, Service>();
  const tell = (service: string, held: Held | undefined, again = false) => {
    const one = services.get(service) ?? openService(service);
    services.set(service, one);
    one.tell(held, again);
    publishSoon(run);
  };
  const heldNow = (service: string) => {
    const holding = holdingOf(state.holdings, service);
    return holding && heldOf(state.name, service, holding);
  };
  setHandler(defineSignal<[Hold]>('hold'), (hold) => {
    takeHold((state.holdings ??= {}), hold);
    tell(hold.service, heldNow(hold.service), true);
  });
  setHandler(defineSignal<[Counted]>('counted'), (counted) => {
    const { holdings = {} } = state;
    if (!takeCounted(holdings, counted)) return;
    showReach(state, unreachableOf(holdings));
    tell(counted.service, heldNow(counted.service));
    if (isOver(holdings[counted.service]!)) delete holdings[counted.service];
    showDrained(state);
  });
  setHandler(defineSignal<[Reach]>('reach'), ({ problem, away }) => {
    showReach(state, problem);
    showAway(state, away);
    publishSoon(run);
  });
  run.allTold = async () => void (await Promise.all([...services.values()].map(({ allTold }) => allTold())));
}

interface Service extends Pick<Teller, 'allTold'> {
  tell: (held: Held | undefined, again: boolean) => void;
}

/** Told one message after another; what it was told last stays when there is nothing more to say. */
function openService(service: string): Service {
  let said: Held | undefined;
  const one = teller(() => (said ? [serviceId(service)] : []), 'held', () => said ?? {});
  return {
    tell: (held, again) => {
      said = held ?? said;
      if (again) one.toldAgain();
      one.told();
    },
    allTold: one.allTold,
  };
}

function showReach(state: ComputeState, problem: Problem | null | undefined): void {
  if (problem) setCondition(state, 'Unreachable', problem.code, problem.message, now());
  else clearCondition(state, 'Unreachable');
}

/** Who waits may have a place on a host that is back. */
function showAway(state: ComputeState, away: string[] = []): void {
  if (state.away?.some((host) => !away.includes(host))) state.inbox.push({ kind: 'look' });
  if (away.length > 0) state.away = away;
  else delete state.away;
}

export interface Counting {
  /** Resolves when it does not call the connector any more. */
  end: () => Promise<void>;
}

/**
 * The ensure loop: one activity looks again and again and corrects what is not as it should be. What is wanted changes
 * between two calls of the connector, never during one: what that call did would not be known.
 */
export function keepCounting(run: Run<ComputeState>): Counting {
  const { state } = run;
  const all = new CancellationScope();
  let counting = false;
  const loop = async () => {
    for (;;) {
      await condition(() => Object.keys(state.holdings ?? {}).length > 0);
      counting = true;
      await countUntilChanged(state).finally(() => (counting = false));
    }
  };
  void all.run(loop).catch(() => undefined);
  return {
    end: async () => {
      all.cancel();
      await condition(() => !counting);
    },
  };
}

async function countUntilChanged(state: ComputeState): Promise<void> {
  const { keepCounts } = proxyActivities<Activities>({
    taskQueue: CONTROL_QUEUE, summary: `keep what is wanted at ${state.name}`, startToCloseTimeout: COUNT_FOR_MS, heartbeatTimeout: '3s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, retry: { maximumAttempts: 1 },
  });
  const wanted = wantedOf(state);
  const print = printOf(state);
  const scope = new CancellationScope();
  void condition(() => printOf(state) !== print).then(() => scope.cancel(), () => undefined);
  try {
    await scope.run(() => keepCounts({ compute: state.name, connector: state.connector, wanted }));
  } catch (error) {
    if (!isCancellation(error)) await sleep('1s', { summary: 'count again' });
    else if (CancellationScope.current().consideredCancelled) throw error;
  }
}

/** By service: what is wanted, and what we believe runs where the connector cannot say. */
const wantedOf = ({ holdings = {} }: ComputeState): Record<string, { wanted: number; had: number }> =>
  Object.fromEntries(Object.entries(holdings).map(([service, h]) => [service, { wanted: h.wanted, had: h.applied ?? 0 }]));

const printOf = ({ connector, holdings = {} }: ComputeState): string =>
  JSON.stringify([connector, ...Object.entries(holdings).map(([service, { wanted }]) => [service, wanted])]);
