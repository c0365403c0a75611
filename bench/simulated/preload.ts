import { hostname } from 'node:os';
import Module from 'node:module';
import type * as client from '@temporalio/client';
import type * as sdk from '@temporalio/worker';
import type { AllocatedMachine, StartedAgentMachine } from '../../activities/agent/start_agent_machine';
import type { Capacity } from '../../model/machine';
import type { Hello } from '../../model/services/agent_protocol';
import { helloOf } from './hello';

/**
 * Loaded first into every process of a grid: what its control worker asks of machines is answered by records, so that
 * everything else, planners, workflows and steps, is as it always is.
 */
const TIMEOUT_MS = 30_000;

/** Room for as many machines as anybody asks for. */
const CAPACITY: Capacity = {
  hosts: [{ name: hostname(), cpu: 10_000, memMiB: 10_000_000, disks: [] }],
  networks: [{ name: 'admin', first: '127.254.0.1', last: '127.254.127.254' }],
  cpuOvercommit: 1, diskRoot: '/',
};

type Answer = (argument: unknown, aborted: AbortSignal) => Promise<unknown>;

const answers = (to: client.Client): Record<string, Answer> => ({
  probeCompute: async () => CAPACITY,
  watchMachines: (_, aborted) => new Promise((_resolve, reject) => aborted.addEventListener('abort', () => reject(aborted.reason as Error))),
  startAgentMachine: (wanted) => startRecord(to, wanted as AllocatedMachine),
  stopMachines: async () => undefined,
});

async function startRecord(to: client.Client, { compute, machine: id, owner, agent, generation, allocation }: AllocatedMachine): Promise<StartedAgentMachine> {
  const address = allocation.networks[0]!.address;
  const hello = helloOf(agent, id, address);
  await to.workflow.getHandle(owner).signal<[Hello]>('hello', hello);
  const machine = { id, compute, owner, node: `agent${agent}`, generation, state: 'running' as const, host: allocation.host, address, ref: {}, startedAt: hello.startedAt };
  return { machine, timeoutMs: TIMEOUT_MS };
}

const answering = (to: client.Client): sdk.ActivityInterceptorsFactory => {
  const known = answers(to);
  return ({ info, cancellationSignal }) => ({
    inbound: { execute: (input, next) => known[info.activityType]?.(input.args[0], cancellationSignal) ?? next(input) },
  });
};

interface Loader {
  _load: (request: string, ...rest: unknown[]) => unknown;
}

const loader = Module as unknown as Loader;
const load = loader._load;
const seen = new Set<unknown>();

loader._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request === '@temporalio/worker' && !seen.has(loaded)) {
    seen.add(loaded);
    const { Worker } = loaded as typeof sdk;
    const create = Worker.create.bind(Worker);
    Worker.create = (options) => {
      const { Client } = load.call(this, '@temporalio/client', ...rest) as typeof client;
      const to = new Client({ connection: options.connection!, namespace: options.namespace! });
      const activity = [...(options.interceptors?.activity ?? []), answering(to)];
      return create({ ...options, interceptors: { ...options.interceptors, activity } });
    };
  }
  return loaded;
};
