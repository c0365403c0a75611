import { WorkflowNotFoundError } from '@temporalio/client';
import { MEMBERS_ID } from '../../model/ids';
import type { Clock } from '../../model/doctor';
import { compareMembers, LEASE, memberName, viewAgentMember, viewMember, type MemberBeat, type MemberView } from '../../model/members';
import { openLifecyclesQuery } from '../../process/visibility';
import { within, type Reach } from '../../process/within';
import type { Grid } from '../http/grid';
import { beats } from '../temporal/pending_effects';
import { allSummaries } from '../temporal/summaries';

const DESCRIBE_MS = 1_500;

/** Every process of the grid that beats, in the order of the original. Temporal knows all of it, so no worker need run. */
export async function readMembers(grid: Grid): Promise<MemberView[]> {
  const processes = await readProcesses(grid);
  const agents = await allSummaries(grid, openLifecyclesQuery('agent/'));
  return [...processes, ...agents.flatMap((agent) => viewAgentMember(agent) ?? [])].sort(compareMembers);
}

/** Those that beat for themselves: all but agents, which their lifecycles tell of. */
export async function readProcesses(grid: Reach): Promise<MemberView[]> {
  const leases = await leasesOf(grid);
  const now = Date.now();
  return leases.flatMap(({ at, details }) => (details ? [viewMember(details, at, now)] : []));
}

/** Clocks of the members' hosts against that of Temporal, which writes down when it hears a beat. */
export async function readClocks(grid: Grid): Promise<Clock[]> {
  return (await leasesOf(grid)).flatMap(({ at, details }) => (details?.now === undefined ? [] : [{ whose: `${memberName(details)} on ${details.hostname}`, aheadMs: details.now - Date.parse(at) }]));
}

async function leasesOf(grid: Reach) {
  try {
    const { raw, status } = await within(grid, DESCRIBE_MS, () => grid.client.workflow.getHandle(MEMBERS_ID).describe());
    // One that was ended from outside shows the leases that it had for ever.
    return status.name === 'RUNNING' ? await beats<MemberBeat>(grid.client, raw.pendingActivities ?? [], LEASE) : [];
  } catch (error) {
    // Nobody has joined yet.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
