import type { WorkflowHandle } from '@temporalio/client';
import { projectRoot } from '../../config';
import { readRecipe } from '../../activities/catalog/read_recipe';
import { agentId, agentMachineId, computeId } from '../../model/ids';
import { WORKFLOW_TASK_TIMEOUT, type ComputeDocument } from '../../model/messages';
import type { Recipe } from '../../model/services/recipe';
import { closedAt, startBareWorkflow } from '../bare/closed';
import { BARE_QUEUE } from '../bare/queue';
import type { BareAgent } from '../bare/agents';
import type { RunningGrid } from './grid';
import { RECIPE } from './services';

export const COMPUTE = 'host';
/** Far above the numbers that the grid gives its own. */
const FIRST_BARE_AGENT = 10_000;
let count = 0;

/** The number of the next bare agent; they are not reused while the benches run. */
export const nextBareAgent = (): number => FIRST_BARE_AGENT + count;

/** Agents that are brought up by their activities alone, with one instance each. */
export interface BareAgents {
  handles: WorkflowHandle[];
  startedAt: number;
}

export async function startBareAgents({ client }: RunningGrid, workflow: 'bareAgent' | 'bareFailover', times: number, connector: string): Promise<BareAgents> {
  const recipe = await readRecipe(`${projectRoot()}/catalog`, RECIPE);
  const all = Array.from({ length: times }, () => bareAgent(connector, recipe));
  const startedAt = Date.now();
  const handles = await Promise.all(all.map((one) =>
    client.workflow.start(workflow, { workflowId: one.wanted.owner, taskQueue: BARE_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, args: [one] })));
  return { handles, startedAt };
}

/** How long it took until the slowest of so many bare agents, started side by side, had its instance, in ms. */
export async function bareInstall(grid: RunningGrid, times: number): Promise<number> {
  const connector = await connectorOf(grid);
  const { handles, startedAt } = await startBareAgents(grid, 'bareAgent', times, connector);
  let last = startedAt;
  for (const handle of handles) last = Math.max(last, await closedAt(handle));
  await stopBareAgents(grid, handles, connector);
  return last - startedAt;
}

export async function stopBareAgents({ client }: RunningGrid, handles: WorkflowHandle[], connector: string): Promise<void> {
  const stops = await Promise.all(handles.map(({ workflowId }) => startBareWorkflow(client, 'bareStop', { compute: COMPUTE, connector, owner: workflowId })));
  for (const stop of stops) await closedAt(stop);
}

export async function connectorOf({ client }: RunningGrid): Promise<string> {
  return (await client.workflow.getHandle(computeId(COMPUTE)).query<ComputeDocument>('document')).connector;
}

function bareAgent(connector: string, recipe: Recipe): BareAgent {
  const agent = FIRST_BARE_AGENT + count++;
  const address = `127.255.${Math.floor(count / 200)}.${(count % 200) + 1}`;
  const { cpu, memMiB } = recipe.machine;
  const allocation = { node: 'machine', host: COMPUTE, cpu, memMiB, disks: [], networks: [{ device: 'eth0', network: 'admin', address }] };
  return { recipe, wanted: { compute: COMPUTE, connector, machine: agentMachineId(agent, 1), owner: agentId(agent), agent, generation: 1, allocation } };
}
