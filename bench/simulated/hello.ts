import type { Hello } from '../../model/services/agent_protocol';

/** What a simulated agent says of itself; the same whoever says it, so that it is one process to the grid. */
export const helloOf = (agent: number, machine: string, address: string): Hello => ({
  agent, machine, address, boot: `boot-${machine}`, pid: process.pid, host: 'simulated', startedAt: new Date(0).toISOString(),
});
