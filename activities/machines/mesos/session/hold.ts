import { DISKS, readOffer } from '../../../../model/mesos/offered';
import type { FrameworkInfo, SchedulerEvent } from '../../../../model/mesos/protocol';
import { keepSubscribed, type FinalEnd, type KeepListener } from '../client/keep_subscribed';
import { openLeader } from '../client/leader';
import { shownAddress } from '../client/masters';
import { passing } from '../client/trouble';
import type { MesosCluster } from '../connector';
import { openFinding } from './find_tasks';
import type { Link } from './link';
import { openReconciliation, type Reconciliation } from './reconcile';
import { beginSubscription, newSession, takeWishes, type Session } from './session';
import { isDue, takeTurn } from './take_turn';
import { openNews } from './tell_news';

export interface Held {
  cluster: MesosCluster;
  link: Link;
  grid: string;
  compute: string;
  /** The framework's id in Mesos. */
  id: string;
}

/** Mesos keeps tasks for so long while nobody is subscribed: longer than any outage of ours. */
const FAILOVER_S = 4 * 7 * 24 * 3_600;
const LOOK_MS = 1_000;
/** Offers of one moment are looked at together. */
const GATHER_MS = 10;

/** Stays subscribed and does what is wanted, until the stream ends for good or it is called off. @throws MasterRefusal when Mesos does not let us in */
export async function hold({ cluster, link, grid, compute, id }: Held, calledOff: AbortSignal): Promise<FinalEnd> {
  const ending = new AbortController();
  const signal = AbortSignal.any([calledOff, ending.signal]);
  const session = newSession({ cluster, labels: { grid, compute }, link, wishes: await link.wishes() });
  const reconciliation = openReconciliation(session, signal);
  const turns = openTurns(session, reconciliation, signal);
  const news = openNews(session);
  const leader = openLeader(cluster.masters);
  const finding = openFinding(session, leader, id, signal);
  const listener: KeepListener = {
    async onSubscribed(on) {
      const { address, hostname, port } = on.subscribed.master_info ?? {};
      beginSubscription(session, on);
      takeWishes(session, await link.wishes());
      await link.reach({ problem: null, master: shownAddress({ host: address?.ip ?? hostname ?? '?', port: address?.port ?? port ?? 0 }) });
      await reconciliation.begin(on);
      turns.wake();
    },
    async onEvent(event, on) {
      if (event.type === 'UPDATE') {
        reconciliation.heard(event.update.status, on);
        news.take(event.update.status, on);
        finding.heard(event.update.status);
        // One that is seen again can be reached.
        if (event.update.status.state === 'TASK_RUNNING' && session.killedAt.delete(event.update.status.task_id.value)) turns.wake();
      } else if (noteOffers(session, event)) turns.wake();
    },
    async onReach(problem) {
      if (problem) {
        beginSubscription(session, undefined);
        await link.reach({ problem });
      }
    },
  };
  const follow = async (): Promise<never> => {
    for (;;) {
      await link.changed(session.wishes.number);
      const strange = takeWishes(session, await link.wishes());
      if (session.on && strange.length > 0) await reconciliation.also(session.on, strange).catch(passing);
      turns.wake();
    }
  };
  try {
    const subscribed = keepSubscribed(leader, infoOf(cluster, { grid, compute, id }), listener, signal);
    return await Promise.race([subscribed, turns.failed, news.failed, finding.failed, follow()]);
  } catch (error) {
    if (calledOff.aborted) return { why: 'called_off', message: 'called off' };
    throw error;
  } finally {
    ending.abort();
  }
}

const infoOf = ({ role, user }: MesosCluster, { grid, compute, id }: { grid: string; compute: string; id: string }): FrameworkInfo => ({
  id: { value: id }, name: `service-grid ${grid} ${compute}`, user, roles: [role], checkpoint: true, failover_timeout: FAILOVER_S,
  capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }, { type: 'TASK_KILLING_STATE' }],
});

/** @returns whether something has to be done about it */
function noteOffers(session: Session, event: SchedulerEvent): boolean {
  if (event.type === 'OFFERS') {
    for (const one of event.offers.offers) {
      const offer = readOffer(one, Date.now());
      const { agent, host, address, port } = offer;
      session.offers.set(offer.id, offer);
      session.agents.set(agent, { agent, host, address, port, named: Boolean(session.agents.get(agent)?.named) || one.resources.some(({ name }) => name === DISKS) });
    }
    session.seen += event.offers.offers.length;
    return true;
  }
  if (event.type !== 'RESCIND') return false;
  const { value } = event.rescind.offer_id;
  session.offers.delete(value);
  // Without one of its places it is none.
  for (const [owner, { offers }] of session.grants) if ([...offers.values()].flat().includes(value)) session.grants.delete(owner);
  return true;
}

/** One turn after the other: whenever somebody says so, and when it is time for something. */
function openTurns(session: Session, reconciliation: Reconciliation, signal: AbortSignal) {
  let isWoken = false;
  let isTurning = false;
  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => { fail = reject; });
  const turn = async () => {
    while (isWoken && !signal.aborted) {
      await new Promise((done) => setTimeout(done, GATHER_MS));
      isWoken = false;
      const doubtful = await takeTurn(session).catch(passing);
      if (session.on && doubtful && doubtful.length > 0) await reconciliation.also(session.on, doubtful).catch(passing);
    }
  };
  const wake = () => {
    isWoken = true;
    if (isTurning || signal.aborted) return;
    isTurning = true;
    turn().catch((error: unknown) => fail(error)).finally(() => { isTurning = false; });
  };
  const looking = setInterval(() => { if (isDue(session, Date.now())) wake(); }, LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(looking));
  failed.catch(() => undefined);
  return { wake, failed };
}
