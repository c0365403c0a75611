import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { instanceId } from '../../model/ids';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import type { ClientSoon } from './agent';

const TRIES = 5;
const FIRST_PAUSE_MS = 500;
const ANSWER_LIMIT_MS = 5_000;
/** A process that ends over and over is told of no more often than so. */
const SHORTEST_MS = 1_000;

/**
 * Tells the workflow of an instance when its health or a restart counter changed. Best effort: while one telling is
 * under way only the newest is kept, and none is tried for ever, since all of it is in the heartbeat too.
 */
export function tellVitals(client: ClientSoon): (vitals: InstanceVitals) => void {
  const told = new Map<string, string>();
  const next = new Map<string, InstanceVitals>();
  const busy = new Set<string>();

  async function tellAll(id: string): Promise<void> {
    for (let vitals = next.get(id); vitals; vitals = next.get(id)) {
      next.delete(id);
      await tell(await client, id, vitals);
      await delay(SHORTEST_MS);
    }
  }

  return (vitals) => {
    const id = instanceId(vitals.service, vitals.instance);
    const news = JSON.stringify([vitals.generation, vitals.health, vitals.processes.map((one) => one.restarts)]);
    // That it starts knows whoever let it start.
    if (told.get(id) === news || (vitals.health === 'starting' && !told.has(id))) return;
    told.set(id, news);
    next.set(id, vitals);
    if (busy.has(id)) return;
    busy.add(id);
    void tellAll(id).catch((error: unknown) => console.error(`${id} was not told how it is:`, error)).finally(() => busy.delete(id));
  };
}

async function tell(client: Awaited<ClientSoon>, id: string, vitals: InstanceVitals): Promise<void> {
  for (let attempt = 1, pauseMs = FIRST_PAUSE_MS; ; attempt++, pauseMs *= 2) {
    try {
      return await client.withDeadline(Date.now() + ANSWER_LIMIT_MS, () => client.workflow.getHandle(id).signal<[InstanceVitals]>('vitals', vitals));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return;
      if (attempt === TRIES) throw error;
    }
    await delay(pauseMs);
  }
}
