import { hostname } from 'node:os';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Hello } from '../../model/services/agent_protocol';
import type { Instances } from '../instances/instances';
import type { Place } from '../instances/place';

/** What the agent's activities share. */
export interface Agent {
  hello: Hello;
  instances: Instances;
  /** Aborted as soon as the agent is told to end. */
  ending: AbortSignal;
}

/** There once the control plane was reached; it may have been away for long. */
export type ClientSoon = Promise<Client>;

/** What an agent is told by whoever starts its machine. */
export interface AgentIdentity {
  agent: number;
  machine: string;
  address: string;
  grid: string;
  /** Number of the machine's run; none where its driver does not count. */
  run: string;
}

/**
 * The machine whose root is `root`. Processes have their directory inside the run of the machine where there is one:
 * whoever ends the machine then knows them by what they write to, also those that lost their labels.
 */
export function openPlace({ agent, machine, address, grid, run }: AgentIdentity, rootPath: string): Place {
  const root = realpathSync(rootPath);
  const runPath = join(root, '..', 'run', run);
  const processes = ownDirectory(run && existsSync(runPath) ? runPath : root, 'processes');
  const labels = { GRID_ID: grid, GRID_MACHINE: machine, ...(run ? { GRID_RUN: run } : {}) };
  return {
    agent, machine, address, root, labels,
    processes: {
      compute: `agent-${agent}`, grid, host: hostname(), machines: processes, disks: processes, net: '', cpu: 0, memMiB: 0,
      labels: { around: labels, machine: 'GRID_PROCESS', run: 'GRID_PROCESS_RUN' },
    },
  };
}

function ownDirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realpathSync(path);
}
