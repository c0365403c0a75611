import type { InstanceSpec, InstanceVitals, PhaseResult } from '../../model/services/agent_protocol';
import type { Instances } from '../../activities/instances/instances';

const DONE: PhaseResult = { output: '' };

/** Instances that are records: every verb is done as soon as it is asked for. */
export function recordedInstances(): Instances {
  const records = new Map<string, InstanceVitals>();
  const note = (health: InstanceVitals['health']) => async ({ service, instance, generation }: InstanceSpec) => {
    const processes = [{ name: 'web', state: health === 'ok' ? ('running' as const) : ('stopped' as const), pid: null, restarts: 0 }];
    records.set(`${service}/${instance}`, { service, instance, generation, health, processes, values: { cpu: 0.1, mem_mib: 40 }, at: new Date().toISOString() });
    return DONE;
  };
  return {
    install: note('stopped'),
    start: note('ok'),
    stop: note('stopped'),
    remove: async ({ service, instance }) => {
      records.delete(`${service}/${instance}`);
      return DONE;
    },
    perform: () => Promise.reject(new Error('a simulated agent has no actions')),
    find: async () => null,
    build: () => Promise.reject(new Error('a simulated agent builds nothing')),
    list: () => [...records.values()],
    resume: async () => undefined,
  };
}
