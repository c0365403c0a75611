import type { Client } from '@temporalio/client';
import { CAPACITY_ID, PLANNER_ID } from '../../model/ids';
import { decide, type Seen } from '../../model/services/capacity_rule';
import type { CapacityState } from '../../model/services/capacity_state';
import type { PlannerDocument } from '../../model/services/planner_state';
import { canonical } from '../../model/services/task';
import { untilProcessed } from '../../model/until_processed';
import type { Surroundings } from '../surroundings';
import { deleteOldRuns } from './delete_old_runs';
import { documentOf } from './documents';
import { seeService } from './see_service';

export interface LookWish {
  /** Names this look: what a repeated one found is not counted twice. */
  look: string;
  keepMs: number;
}

/** Looks at every service that has a rule, tells the rules what is new, and tidies up after earlier looks. Answers what was decided. */
export const lookAtServices = ({ client }: Surroundings) => async ({ look, keepMs }: LookWish): Promise<string[]> => {
  const capacity = await documentOf<CapacityState>(client, CAPACITY_ID);
  const news = capacity && !capacity.paused ? await newsOf(client, capacity) : [];
  const decided = news.length > 0 ? await tellRules(client, look, news) : [];
  await deleteOldRuns(client, new Date(Date.now() - keepMs));
  return decided;
};

/** Only what changes anything is told: services that stay as they are leave no trace, however often they are looked at. */
async function newsOf(client: Client, { rules }: CapacityState): Promise<Seen[]> {
  const services = Object.entries(rules);
  const planner = services.length > 0 ? await documentOf<PlannerDocument>(client, PLANNER_ID) : undefined;
  if (!planner) return [];
  const news: Seen[] = [];
  for (const [service, had] of services) {
    const seen = await seeService(client, planner, service, had.rule.propertyName);
    const next = seen && decide(had, service, seen, new Date().toISOString()).state;
    if (canonical(next) !== canonical(had)) news.push({ service, setAt: had.setAt, seen });
  }
  return news;
}

const tellRules = (client: Client, look: string, news: Seen[]): Promise<string[]> =>
  untilProcessed(() => client.workflow.getHandle(CAPACITY_ID).executeUpdate<string[], [Seen[]]>('look', { args: [news], updateId: `look-${look}` }));
