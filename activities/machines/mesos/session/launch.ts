import type { MesosPlace } from '../../../../model/mesos/match';
import type { TaskPlace, Wishes } from '../../../../model/mesos/messages';
import { taskId } from '../../../../model/mesos/tasks';
import type { Subscription } from '../client/subscribe';
import { passing } from '../client/trouble';
import { taskInfo } from './task_info';
import type { Session } from './session';

/** A machine, the place that it has, and the offers of that place. */
export type Start = Wishes['launch'][number] & { place: MesosPlace; offers: string[] };

/**
 * Launches all of these together. Where each is to be is written down first: whatever happens then, what may run is known.
 * Of what is left over of these offers nothing is refused.
 * @returns those of which it is not known whether Mesos heard of them: of these it has to be asked
 */
export async function launch(session: Session, on: Subscription, starts: readonly Start[]): Promise<Wishes['known']> {
  // Offers go with their subscription.
  if (starts.length === 0 || session.on !== on) return [];
  const { link, agents, cluster, labels } = session;
  const moved = starts.map((start) => ({ ...start, spec: { ...start.spec, host: start.place.host, networks: start.spec.networks.map((network) => ({ ...network, address: start.place.address })) } }));
  for (const start of starts) session.launched.add(taskId(start));
  const at = ({ place }: Start) => placeOf(agents.get(place.agent)!);
  await link.launching({ tasks: moved.map((start) => ({ machine: start.spec.id, attempt: start.attempt, host: start.place.host, networks: start.spec.networks, at: at(start) })) });
  const open = new Set(moved);
  try {
    for (const agent of new Set(moved.map(({ place }) => place.agent))) {
      const here = moved.filter(({ place }) => place.agent === agent);
      const offers = here[0]!.offers;
      for (const id of offers) session.offers.delete(id);
      const task_infos = here.map((start) => taskInfo(cluster, labels, start, start.place));
      await on.call({ type: 'ACCEPT', accept: { offer_ids: offers.map((value) => ({ value })), operations: [{ type: 'LAUNCH', launch: { task_infos } }], filters: { refuse_seconds: 0 } } });
      for (const start of here) open.delete(start);
    }
  } catch (error) {
    passing(error);
  }
  return [...open].map((start) => ({ task: taskId(start), at: at(start) }));
}

const placeOf = ({ agent, host, address, port }: TaskPlace): TaskPlace => ({ agent, host, address, port });
