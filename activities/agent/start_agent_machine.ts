import { Context } from '@temporalio/activity';
import type { Allocation } from '../../model/compute';
import type { AgentProgram, Machine } from '../../model/machine';
import { openDriver } from '../machines/open_driver';
import type { Surroundings } from '../surroundings';
import { agentCommand } from './agent_command';

/** A machine for an agent, with the place that its compute gave. */
export interface AllocatedMachine {
  compute: string;
  connector: string;
  machine: string;
  /** Lifecycle id of the agent. */
  owner: string;
  agent: number;
  generation: number;
  allocation: Allocation;
}

export interface StartedAgentMachine {
  machine: Machine;
  /** Silence after which the agent counts as unreachable. */
  timeoutMs: number;
}

/** Starts, or adopts, the machine of an agent with the agent in it. */
export const startAgentMachine = (around: Surroundings) => async (wanted: AllocatedMachine): Promise<StartedAgentMachine> => {
  const { compute, connector, machine: id, owner, agent, generation, allocation } = wanted;
  const driver = openDriver({ name: compute, connector, ...around });
  const { networks, cpu, memMiB } = allocation;
  const elsewhere = await driver.agentProgram?.(around.agents.env['TEMPORAL_ADDRESS'] ?? '', allocation.host);
  const { node, program, env: there }: AgentProgram = elsewhere ?? { node: process.execPath, program: around.agents.program };
  // A container knows its host by no name that means anything to a person.
  const env = { ...around.agents.env, ...there, ...(elsewhere ? { HOST_HOSTNAME: allocation.host } : {}), GRID_AGENT: String(agent), GRID_AGENT_TIMEOUT: `${around.agents.timeoutMs}ms` };
  const spec = { id, owner, node: `agent${agent}`, generation, host: allocation.host, runtime: true as const, command: agentCommand(node, program), env, cpu, memMiB, disks: [], networks };
  return { machine: await driver.start(spec, Context.current().cancellationSignal), timeoutMs: around.agents.timeoutMs };
};
