import type { Attribute, FrameworkInfo, Id, Labels, MasterInfo, Nanoseconds, Resource, TaskState, TaskStatus } from '../../../../model/mesos/protocol';
import { textOf } from './exchange';
import type { Leader } from './leader';
import { MasterRefusal } from './trouble';

/** The operator API of the leading master: what a person with its web page sees, and may do. */

const OPERATOR = '/api/v1';

export interface AgentSeen {
  agent_info: { id: Id; hostname: string; port?: number; resources?: Resource[]; attributes?: Attribute[] };
  active: boolean;
  deactivated?: boolean;
  /** `slave(1)@host:port` */
  pid?: string;
  version?: string;
  total_resources?: Resource[];
  allocated_resources?: Resource[];
  offered_resources?: Resource[];
  drain_info?: { state: string };
}

export interface TaskSeen {
  name: string;
  task_id: Id;
  framework_id: Id;
  agent_id: Id;
  executor_id?: Id;
  state: TaskState;
  resources?: Resource[];
  statuses?: TaskStatus[];
  labels?: Labels;
}

export interface FrameworkSeen {
  framework_info: FrameworkInfo;
  active: boolean;
  connected: boolean;
}

/** By question, what is answered; lists that are empty may be absent. */
interface Answers {
  GET_HEALTH: { healthy: boolean };
  GET_VERSION: { version_info: { version: string } };
  GET_MASTER: { master_info: MasterInfo };
  GET_AGENTS: { agents?: AgentSeen[]; recovered_agents?: AgentSeen['agent_info'][] };
  GET_FRAMEWORKS: { frameworks?: FrameworkSeen[]; completed_frameworks?: FrameworkSeen[] };
  GET_TASKS: { pending_tasks?: TaskSeen[]; tasks?: TaskSeen[]; unreachable_tasks?: TaskSeen[]; completed_tasks?: TaskSeen[] };
  GET_MAINTENANCE_STATUS: { status: { draining_machines?: { id: { hostname?: string; ip?: string } }[]; down_machines?: { hostname?: string; ip?: string }[] } };
}

export type OperatorCommand =
  | { type: 'TEARDOWN'; teardown: { framework_id: Id } }
  | { type: 'DRAIN_AGENT'; drain_agent: { agent_id: Id; max_grace_period?: { seconds: number } | Nanoseconds } }
  | { type: 'DEACTIVATE_AGENT'; deactivate_agent: { agent_id: Id } }
  | { type: 'REACTIVATE_AGENT'; reactivate_agent: { agent_id: Id } }
  | { type: 'MARK_AGENT_GONE'; mark_agent_gone: { agent_id: Id } };

/** @throws MasterUnreachable, MasterRefusal */
export async function getFromMaster<T extends keyof Answers>(leader: Leader, type: T, signal: AbortSignal): Promise<Answers[T]> {
  const text = await post(leader, { type }, signal);
  const answer = JSON.parse(text) as Record<string, Answers[T] | undefined>;
  return answer[type.toLowerCase()] ?? ({} as Answers[T]);
}

/** Repeating one is fine; of a teardown, that the framework is not there any more. @throws MasterUnreachable, MasterRefusal */
export async function tellMaster(leader: Leader, command: OperatorCommand, signal: AbortSignal): Promise<void> {
  await post(leader, command, signal);
}

async function post(leader: Leader, body: { type: string }, signal: AbortSignal): Promise<string> {
  const { response } = await leader.ask({ path: OPERATOR, body, headers: { accept: 'application/json' } }, signal);
  const text = await textOf(response);
  if (response.statusCode !== 200) throw new MasterRefusal(leader.masters, body.type, response.statusCode!, text);
  return text;
}
