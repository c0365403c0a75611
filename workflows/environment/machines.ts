import { agentId } from '../../model/ids';
import type { NodeMachine } from '../../model/environment/run';
import { newAgent, viewAgentDetail, type AgentInput } from '../../model/services/agent_state';
import { agent } from '../agent/agent';
import { effects } from '../lifecycle/effects';
import { ifNew } from '../lifecycle/if_new';
import { now } from '../lifecycle/run';
import { startLifecycle } from '../lifecycle/start_lifecycle';
import { tell } from '../lifecycle/tell';
import type { EnvironmentRun } from './environment_run';

const MACHINE_TIMEOUT_MS = 60_000;

/**
 * The agent of a node, which is started where there is none.
 * @param before the machine that it had under a grid before this one
 * @returns its number
 */
export async function startAgent({ state }: EnvironmentRun, machine: NodeMachine, before?: AgentInput['before']): Promise<number> {
  const act = effects({ summary: `machine for ${machine.node || 'the grid itself'}`, timeoutMs: MACHINE_TIMEOUT_MS });
  const number = await act.takeAgent(machine);
  state.agents[machine.node] = number;
  const input: AgentInput = { number, compute: machine.compute, machine: { cpu: machine.cpu, memMiB: machine.memMiB }, instances: [], ...(before ? { before } : {}) };
  const first = newAgent(input, now());
  await ifNew(startLifecycle(agent, {
    state: first, detail: viewAgentDetail(first), input, staticSummary: `agent ${number} for ${machine.node || 'this machine'}`, reuse: 'ALLOW_DUPLICATE',
  }));
  return number;
}

export async function releaseMachine(node: string): Promise<void> {
  const act = effects({ summary: `give back the machine of ${node || 'the grid itself'}`, timeoutMs: MACHINE_TIMEOUT_MS });
  const number = await act.releaseAgent({ node });
  if (number !== null) await tell(agentId(number), 'terminate', {});
}
