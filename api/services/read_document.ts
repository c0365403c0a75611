import { problem, type Problem } from '../../model/errors';
import type { AgentDocument } from '../../model/services/agent_state';
import type { CapacityState } from '../../model/services/capacity_state';
import type { InstanceDocument } from '../../model/services/instance_state';
import type { PlannerDocument } from '../../model/services/planner_state';
import { lifecycleOf, pathOf, type Subject } from '../../model/services/seed_ids';
import type { ServiceDocument } from '../../model/services/service_state';
import { viewAgentDocument, viewCapacityDocument, viewInstanceDocument, viewPlannerDocument, viewServiceDocument, type SeedDocument } from '../../model/services/views';
import { viewOrchestratorDocument, viewProvisionerDocument } from '../../model/services/view_orchestrator';
import { raise } from '../../model/raise';
import { openLifecyclesQuery } from '../../process/visibility';
import type { Grid } from '../http/grid';
import { document } from '../temporal/document';
import { noAnswer, problemOf } from '../temporal/failures';
import { allSummaries } from '../temporal/summaries';
import { agentBeat } from './agent_beat';

/**
 * The document of one thing in the form of the seed (SG-12), as it is now.
 * @throws Problem 404 where there is none, 503 when no worker answers
 */
export async function readDocument(grid: Grid, subject: Subject): Promise<SeedDocument> {
  const base = grid.config.url;
  switch (subject.kind) {
    case 'service':
      return viewServiceDocument(await ask<ServiceDocument>(grid, subject), base);
    case 'instance':
      return readInstance(grid, subject, base);
    case 'agent': {
      const [agent, beat] = await Promise.all([ask<AgentDocument>(grid, subject), agentBeat(grid, subject.agent)]);
      return viewAgentDocument(agent, beat?.at, base);
    }
    case 'planner':
      return viewPlannerDocument(await ask<PlannerDocument>(grid, subject), base);
    case 'capacity':
      return viewCapacityDocument(await ask<CapacityState>(grid, subject), base);
    case 'orchestrator': {
      const [planner, services, agents] = await Promise.all([ask<PlannerDocument>(grid, subject), living(grid, 'service'), living(grid, 'agent')]);
      return viewOrchestratorDocument(planner, { services, agents }, base);
    }
    case 'provisioner':
      return viewProvisionerDocument(await living(grid, 'agent'), base);
  }
}

/** What its agent measures is in the heartbeat of that agent; while there is none, the instance knows what it was told last. */
async function readInstance(grid: Grid, subject: Extract<Subject, { kind: 'instance' }>, base: string): Promise<SeedDocument> {
  const instance = await ask<InstanceDocument>(grid, subject);
  const beat = await agentBeat(grid, instance.agent);
  const measured = beat?.details?.instances?.find((one) => one.service === subject.service && one.instance === subject.instance);
  return viewInstanceDocument(instance, measured, base);
}

const living = (grid: Grid, kind: 'service' | 'agent') => allSummaries(grid, openLifecyclesQuery(`${kind}/`));

/**
 * What the workflow behind it says.
 * @throws Problem 404, 503
 */
export const ask = <D>(grid: Grid, subject: Subject): Promise<D> => naming(subject, grid.config.url, () => document<D>(grid, lifecycleOf(subject)));

/** Says in the words of the seed that there is no such thing; the grid's own parts are only not there yet. */
export async function naming<T>(subject: Subject, base: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (problemOf(error)?.code !== 'not_found') throw error;
    raise(['service', 'instance', 'agent'].includes(subject.kind) ? noSuch(base + pathOf(subject)) : noAnswer());
  }
}

const noSuch = (id: string): Problem =>
  problem(404, 'not_found', `there is no ${id}`, 'GET /services/_list and /agents/_list say what there is.');
