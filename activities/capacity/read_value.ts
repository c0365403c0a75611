import type { Client } from '@temporalio/client';
import { agentId, instanceId } from '../../model/ids';
import type { AgentActivities, AgentBeat } from '../../model/services/agent_protocol';
import { whichCounts, type SeenValue } from '../../model/services/capacity_rule';
import type { InstanceDocument } from '../../model/services/instance_state';
import { valueOf } from '../../process/payload';
import { documentOf } from './documents';

const DESCRIBE_MS = 3_000;
const WATCH: keyof AgentActivities = 'watch';

export interface Place {
  service: string;
  instance: number;
  agent: number;
}

/**
 * The value of a property as the instance's document shows it: what somebody set, as long as that counts, else what its
 * agent measured. Undefined where there is none, or where nobody answers.
 */
export async function readValue(client: Client, place: Place, property: string): Promise<SeenValue | undefined> {
  const [set, measured] = await Promise.all([readSet(client, place, property), readMeasured(client, place, property)].map((read) => read.catch(() => undefined)));
  return whichCounts(set, measured);
}

async function readSet(client: Client, { service, instance }: Place, property: string): Promise<SeenValue | undefined> {
  const { properties = {} } = (await documentOf<InstanceDocument>(client, instanceId(service, instance))) ?? {};
  if (!Object.hasOwn(properties, property)) return undefined;
  const { value, at } = properties[property]!;
  return { value, ageSeconds: (Date.now() - Date.parse(at)) / 1000 };
}

/** Its age is that of the heartbeat as Temporal took it: the clock of the agent's machine may be another. */
async function readMeasured(client: Client, { service, instance, agent }: Place, property: string): Promise<SeenValue | undefined> {
  const { raw } = await client.withDeadline(Date.now() + DESCRIBE_MS, () => client.workflow.getHandle(agentId(agent)).describe());
  const watch = raw.pendingActivities?.find((one) => one.activityType?.name === WATCH);
  const beat = await valueOf<Partial<AgentBeat>>(client, watch?.heartbeatDetails?.payloads?.[0]);
  if (!beat || !watch?.lastHeartbeatTime) return undefined;
  const { instances = [] } = beat;
  const values = instances.find((one) => one.service === service && one.instance === instance)?.values ?? {};
  if (!Object.hasOwn(values, property)) return undefined;
  return { value: values[property], ageSeconds: Date.now() / 1000 - Number(watch.lastHeartbeatTime.seconds) };
}
