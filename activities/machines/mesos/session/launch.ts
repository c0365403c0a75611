import type { MesosPlace } from '../../../../model/mesos/match';
import type { TaskPlace, Wishes } from '../../../../model/mesos/messages';
import { taskId } from '../../../../model/mesos/tasks';
import { taskInfo } from './task_info';
import type { Session } from './session';

/** A machine, the place that it has, and the offers of that place. */
export type Start = Wishes['launch'][number] & { place: MesosPlace; offers: string[] };

/**
 * Launches all of these together. Where each is to be is written down first: whatever happens then, what may run is known.
 * Of what is left over of these offers nothing is refused.
 */
export async function launch(session: Session, starts: readonly Start[]): Promise<void> {
  if (starts.length === 0) return;
  const { on, link, agents, cluster, labels } = session;
  const moved = starts.map((start) => ({ ...start, spec: { ...start.spec, host: start.place.host, networks: start.spec.networks.map((network) => ({ ...network, address: start.place.address })) } }));
  for (const start of starts) session.launched.add(taskId(start));
  await link.launching({ tasks: moved.map(({ spec, attempt, place }) => ({ machine: spec.id, attempt, host: spec.host, networks: spec.networks, at: placeOf(agents.get(place.agent)!) })) });
  for (const agent of new Set(moved.map(({ place }) => place.agent))) {
    const here = moved.filter(({ place }) => place.agent === agent);
    const offers = here[0]!.offers;
    for (const id of offers) session.offers.delete(id);
    const task_infos = here.map((start) => taskInfo(cluster, labels, start, start.place));
    await on!.call({ type: 'ACCEPT', accept: { offer_ids: offers.map((value) => ({ value })), operations: [{ type: 'LAUNCH', launch: { task_infos } }], filters: { refuse_seconds: 0 } } });
  }
}

const placeOf = ({ agent, host, address, port }: TaskPlace): TaskPlace => ({ agent, host, address, port });
