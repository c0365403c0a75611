import { condition, defineQuery, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { AllocatedMachine } from '../../activities/agent/start_agent_machine';
import { agentMachineId } from '../../model/ids';
import type { Machine } from '../../model/machine';
import type { MachineDied } from '../../model/messages';
import { agentQueue, type AgentActivities, type Hello, type InstanceSpec } from '../../model/services/agent_protocol';
import type { Generation, Recipe } from '../../model/services/recipe';

const BOUNDS = { startToCloseTimeout: '10m', heartbeatTimeout: '3s' } as const;
const { startAgentMachine, stopMachines, watchMachines } = proxyActivities<Activities>(BOUNDS);

export interface BareAgent {
  wanted: AllocatedMachine;
  recipe: Recipe;
}

/** A machine, the agent on it and its instance, one activity after the other and nothing around them: the floor of every install. */
export async function bareAgent(input: BareAgent): Promise<void> {
  await readied(input)(input.wanted);
}

/** The same, then once more on another machine when that one died: the floor of every failover. */
export async function bareFailover(input: BareAgent): Promise<void> {
  const { compute, connector, agent, machine: id } = input.wanted;
  const bringUp = readied(input);
  let died = false;
  let up: Machine | null = null;
  setHandler(defineSignal<[MachineDied]>('machineDied'), () => void (died = true));
  setHandler(defineQuery('up'), () => up);
  watchMachines({ compute, connector }).catch(() => undefined);
  up = await bringUp(input.wanted);
  await condition(() => died);
  await stopMachines({ compute, connector, machines: [{ id, keepDisks: false }] });
  await bringUp({ ...input.wanted, machine: agentMachineId(agent, 2), generation: 2 });
}

/** Hears the agent, and has the recipe for it where it looks. */
function readied({ recipe }: BareAgent): (wanted: AllocatedMachine) => Promise<Machine> {
  const heard = new Set<string>();
  setHandler(defineSignal<[Hello]>('hello'), ({ machine }) => void heard.add(machine));
  setHandler(defineQuery<Generation>('recipe'), () => ({ number: 1, recipe, data: {} }));
  return async (wanted) => {
    const { machine } = await startAgentMachine(wanted);
    await condition(() => heard.has(wanted.machine));
    const { installInstance, startInstance } = proxyActivities<AgentActivities>({ ...BOUNDS, taskQueue: agentQueue(wanted.agent) });
    const spec: InstanceSpec = {
      service: 'bare', instance: wanted.agent, generation: 1, recipe: { name: recipe.name, checksum: recipe.checksum },
      source: workflowInfo().workflowId, data: {}, actionTimeoutMs: 300_000,
    };
    await installInstance(spec);
    await startInstance(spec);
    return machine;
  };
}
