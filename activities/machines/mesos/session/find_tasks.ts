import type { FoundTask, TaskPlace } from '../../../../model/mesos/messages';
import { amount, disksOf } from '../../../../model/mesos/offered';
import type { TaskStatus } from '../../../../model/mesos/protocol';
import { readTaskId, taskId } from '../../../../model/mesos/tasks';
import type { Leader } from '../client/leader';
import { getFromMaster, type AgentSeen, type TaskSeen } from '../client/operator';
import { MasterUnreachable } from '../client/trouble';
import type { Session } from './session';

export interface Finding {
  /** Never waits: one that runs and is not known is looked up. */
  heard(status: TaskStatus): void;
  /** Resolves when it fails for good. */
  failed: Promise<never>;
}

/**
 * Finds out what runs under our name and nobody here knows: the framework's workflow is not the one that launched it, since
 * Temporal was lost. What it is stands in its labels.
 */
export function openFinding(session: Session, leader: Leader, id: string, signal: AbortSignal): Finding {
  let isFinding = false;
  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => { fail = reject; });
  const find = async () => {
    // What is known before the question, or after it, may have ended in between.
    const { known } = session;
    const [{ tasks = [] }, { agents = [] }] = await Promise.all([getFromMaster(leader, 'GET_TASKS', signal), getFromMaster(leader, 'GET_AGENTS', signal)]);
    const places = new Map(agents.map((agent) => [agent.agent_info.id.value, placeOf(agent)]));
    const found = tasks.filter(({ framework_id }) => framework_id.value === id).flatMap((task) => readFound(task, session.labels, places.get(task.agent_id.value)) ?? []);
    const unknown = found.filter((task) => !known.has(taskId(task)) && !isKnown(session, taskId(task)));
    if (unknown.length > 0) await session.link.found(unknown);
  };
  return {
    failed,
    heard({ task_id: { value: task }, state }) {
      if (isFinding || state !== 'TASK_RUNNING' || isKnown(session, task)) return;
      isFinding = true;
      find().catch((error: unknown) => {
        // Another subscription hears of it again.
        if (!signal.aborted && !(error instanceof MasterUnreachable)) fail(error);
      }).finally(() => { isFinding = false; });
    },
  };
}

const isKnown = ({ known, launched }: Session, task: string): boolean => launched.has(task) || known.has(task);

function placeOf({ agent_info: { id, hostname, port }, pid = '' }: AgentSeen): TaskPlace {
  const [, address, at] = /@(.+):(\d+)$/.exec(pid) ?? [];
  return { agent: id.value, host: hostname, address: address ?? hostname, port: Number(at ?? port ?? AGENT_PORT) };
}

const AGENT_PORT = 5051;

/** What it was launched as, as far as that can be seen of it; undefined for what has none of our labels. */
function readFound({ task_id, labels: { labels } = { labels: [] }, resources = [], statuses = [] }: TaskSeen, { grid, compute }: Session['labels'], at: TaskPlace | undefined): FoundTask | undefined {
  const said = Object.fromEntries(labels.map(({ key, value = '' }) => [key, value]));
  const { machine, attempt } = readTaskId(task_id.value) ?? {};
  const { owner, node, generation, disks = '' } = said;
  if (!at || attempt === undefined || !machine || !owner || !node || said['grid'] !== grid || said['compute'] !== compute) return undefined;
  const names = disksOf(resources).length > 0 ? disksOf(resources) : disks.split(',').filter(Boolean);
  const since = statuses.find(({ state }) => state === 'TASK_RUNNING')?.timestamp;
  return {
    attempt, at, startedAt: new Date(since === undefined ? Date.now() : since * 1_000).toISOString(),
    spec: {
      id: machine, owner, node, generation: Number(generation), host: at.host, env: {}, cpu: amount(resources, 'cpus'), memMiB: amount(resources, 'mem'),
      disks: names.map((name) => ({ name, origin: '', destination: '', mode: 'rw' })), networks: [{ device: 'eth0', network: 'host', address: at.address }],
    },
  };
}
