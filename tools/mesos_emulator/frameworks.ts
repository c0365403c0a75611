import { randomUUID } from 'node:crypto';
import type { FrameworkInfo, MasterInfo } from '../../model/mesos/protocol';
import { seconds } from './clock';
import { allocate, dropOffer } from './allocate';
import { can, isConnected, tell, type Framework, type Master, type Stream } from './state';

/** Frameworks that come, go, come again, and are over. */

const ipNumber = (ip: string): number => ip.split('.').reduceRight((number, part) => number * 256 + Number(part), 0);

export function masterInfo({ options: { id, ip, port, hostname } }: Master): MasterInfo {
  return {
    id, ip: ipNumber(ip), port, pid: `master@${ip}:${port}`, hostname, version: '1.12.0', address: { hostname, ip, port },
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }, { type: 'QUOTA_V2' }],
  };
}

const setOf = (words: readonly string[]): string => `{ ${words.join(', ')} }`;

/** What a master objects to in what a framework says of itself; it is said on the stream, not with a status. */
function objection(master: Master, { info, suppressed }: Asking): string | undefined {
  if (info.id && master.completed.has(info.id.value)) return 'Framework has been removed';
  const roles = info.roles ?? [];
  if (roles.length > 0 && !can({ info }, 'MULTI_ROLE')) return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
  const twice = roles.filter((role, i) => roles.indexOf(role) < i);
  if (twice.length > 0) return `'FrameworkInfo.roles' contains duplicate items: ${setOf([...new Set(twice)])}`;
  const bad = roles.flatMap((role) => role.split('/')).find((part) => /[\s\b]/.test(part));
  if (bad !== undefined) return `'FrameworkInfo.roles' contains invalid role: Role component '${bad}' is invalid because it contains backspace or whitespace`;
  const strange = suppressed.filter((role) => !roles.includes(role));
  return strange.length > 0 ? `Suppressed roles ${setOf(strange)} are not contained in the set of roles` : undefined;
}

export interface Asking {
  info: FrameworkInfo;
  suppressed: readonly string[];
}

/** Begins a subscription on this stream. */
export function subscribe(master: Master, asking: Asking, stream: Stream, streamId: string): void {
  const { info } = asking;
  const no = objection(master, asking);
  if (no !== undefined) {
    stream.tell({ type: 'ERROR', error: { message: no } });
    return stream.end(true);
  }
  const known = info.id && master.frameworks.get(info.id.value);
  const framework = known ?? newFramework(master, info);
  const held = [...master.offers.values()].filter((offer) => offer.framework === framework.id);
  if (known?.stream) {
    tell(known, { type: 'ERROR', error: { message: 'Framework failed over' } });
    leave(known).end(true);
  }
  framework.stopFailover();
  // Who it belongs to and whether it is checkpointed stays as it was on the first day.
  framework.info = { ...info, id: { value: framework.id }, ...(known ? { user: known.info.user, checkpoint: known.info.checkpoint } : {}) };
  framework.roles = can({ info }, 'MULTI_ROLE') ? (info.roles ?? []) : [info.role ?? '*'];
  framework.suppressed = new Set(asking.suppressed);
  framework.filters = [];
  Object.assign(framework, { stream, streamId });
  master.frameworks.set(framework.id, framework);
  if (!known) takeUp(master, framework);
  const beatS = seconds(master.options.heartbeatMs);
  stream.tell({ type: 'SUBSCRIBED', subscribed: { framework_id: { value: framework.id }, heartbeat_interval_seconds: beatS, master_info: masterInfo(master) } });
  beat(master, framework);
  allocate(master, [framework]);
  for (const offer of held) dropOffer(master, offer);
  for (const agent of master.agents.values()) if (agent.state === 'active') agent.port.resend(framework.id);
}

/** Agents may have come back to a new master before their frameworks do. */
function takeUp(master: Master, framework: Framework): void {
  for (const { state, port } of master.agents.values()) {
    if (state === 'active') for (const task of port.tasksOf(framework.id)) framework.tasks.set(task.info.task_id.value, { ...task, state: 'TASK_RUNNING' });
  }
}

function newFramework(master: Master, info: FrameworkInfo): Framework {
  const given = () => `${master.options.id}-${String(master.nextFramework++).padStart(4, '0')}`;
  return {
    id: info.id?.value ?? given(), info, roles: [], streamId: '', stopBeating: () => {}, stopFailover: () => {}, suppressed: new Set(), filters: [],
    tasks: new Map(), completed: [], registeredMs: master.options.clock.now(), offered: 0,
  };
}

function beat(master: Master, framework: Framework): void {
  tell(framework, { type: 'HEARTBEAT' });
  framework.stopBeating = master.options.clock.after(master.options.heartbeatMs, () => beat(master, framework));
}

function leave(framework: Framework): Stream {
  const stream = framework.stream!;
  framework.stopBeating();
  delete framework.stream;
  return stream;
}

/** Its connection is gone; after its failover timeout it is over. */
export function disconnect(master: Master, framework: Framework, stream: Stream): void {
  if (framework.stream !== stream) return;
  leave(framework);
  for (const offer of [...master.offers.values()]) if (offer.framework === framework.id) dropOffer(master, offer);
  const timeoutMs = Math.max(0, framework.info.failover_timeout ?? 0) * 1_000;
  framework.stopFailover = master.options.clock.after(timeoutMs, () => remove(master, framework));
  if (timeoutMs === 0) {
    framework.stopFailover();
    remove(master, framework);
  }
}

/** Ends a framework and all of its tasks; nobody is told of each. */
export function remove(master: Master, framework: Framework): void {
  framework.stopFailover();
  if (isConnected(framework)) leave(framework).end(true);
  for (const offer of [...master.offers.values()]) if (offer.framework === framework.id) dropOffer(master, offer);
  for (const agent of master.agents.values()) {
    if (agent.state === 'active') agent.port.shutdownFramework(framework.id);
    for (const [key, executor] of agent.executors) if (executor.framework === framework.id) agent.executors.delete(key);
  }
  framework.completed.push(...framework.tasks.values());
  framework.tasks.clear();
  master.frameworks.delete(framework.id);
  master.completed.set(framework.id, framework);
}

/** @returns what it objects to */
export function updateFramework(framework: Framework, info: FrameworkInfo): string | undefined {
  if (info.user !== framework.info.user) {
    return `FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; attempted to update from '${framework.info.user}' to '${info.user}'`;
  }
  framework.info = { ...info, id: { value: framework.id } };
  framework.roles = can({ info }, 'MULTI_ROLE') ? (info.roles ?? []) : [info.role ?? '*'];
  return undefined;
}

export const newStreamId = (): string => randomUUID();
