import { Context } from '@temporalio/activity';
import type { AgentActivities, InstanceSpec } from '../../model/services/agent_protocol';
import type { Agent } from './agent';
import { watch } from './watch';

/** What an agent does for the grid; see {@link AgentActivities}. */
export function createAgentActivities(agent: Agent): AgentActivities {
  const verb = (name: 'install' | 'start' | 'stop' | 'remove') => (spec: InstanceSpec) =>
    agent.instances[name](spec, Context.current().cancellationSignal);
  return {
    probe: async () => agent.hello,
    watch: watch(agent),
    installInstance: verb('install'),
    startInstance: verb('start'),
    stopInstance: verb('stop'),
    removeInstance: verb('remove'),
    buildInstance: (spec, files) => agent.instances.build(spec, files, Context.current().cancellationSignal),
    performAction: (spec, call) => agent.instances.perform(spec, call, Context.current().cancellationSignal),
    findInstance: (key) => agent.instances.find(key),
    listInstances: async () => agent.instances.list(),
  };
}
