import { agentId } from '../../model/ids';
import type { AgentActivities, AgentBeat } from '../../model/services/agent_protocol';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';
import { lastBeat, type Beat } from '../temporal/pending_effects';

const DESCRIBE_MS = 1_500;
const WATCH: keyof AgentActivities = 'watch';

/** The last heartbeat of an agent's process, which Temporal knows; undefined while it has none. */
export async function agentBeat(grid: Grid, agent: number): Promise<Beat<Partial<AgentBeat>> | undefined> {
  const described = await within(grid, DESCRIBE_MS, () => grid.client.workflow.getHandle(agentId(agent)).describe()).catch(() => undefined);
  return lastBeat<Partial<AgentBeat>>(grid.client, described?.raw.pendingActivities ?? [], WATCH);
}
