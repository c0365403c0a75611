import type { Summary } from './lifecycle';
import { agentQueue } from './services/agent_protocol';

/** The processes of the grid itself, as whoever operates it sees them (seed 003, `spec` V-1 … V-13). */

export const MEMBER_KINDS = { api: 'ApiWorker', control: 'ControlWorker', agent: 'AgentWorker', mesos: 'MesosWorker', connector: 'ConnectorWorker' } as const;
export type MemberKind = keyof typeof MEMBER_KINDS;

/** What a process tells of itself when it joins. */
export interface Joining {
  /** One process for good: its number is given again to others. */
  id: string;
  kind: MemberKind;
  hostname: string;
  pid: number;
  /** When the process began, ISO 8601. */
  startedAt: string;
  version: string;
  /** The task queue that it takes work from; null where it takes none. */
  queue: string | null;
  /** Silence after which it is a member no longer. */
  leaseMs: number;
  /** The number it had, where it joins again. */
  number?: number;
}

export interface Member extends Joining {
  /** Counted among its kind on its host, from 0. */
  number: number;
}

/** What a process takes of its host: percent of one core since it last said so, MiB of memory. */
export interface Load {
  cpu: number;
  memMiB: number;
}

/** Details of each beat. */
export interface MemberBeat extends Member {
  load: Load | null;
  /** What the clock of its host said, ms since 1970; earlier programs do not say. */
  now?: number;
}

/** A process as lists show it. */
export interface MemberView {
  name: string;
  kind: MemberKind;
  hostname: string;
  process: number;
  /** In the form of the seed: UTC, no fractions. */
  created: string;
  /** `lost`: it missed beats, and is no longer listed once its lease has ended. */
  status: 'running' | 'lost';
  version: string | null;
  queue: string | null;
  load: Load | null;
  /** When it was last heard of, ISO 8601; null where that is not known. */
  heardAt: string | null;
}

export interface MembersState {
  v: 1;
  members: Member[];
}

/** The activity that each member beats for. */
export const LEASE = 'beginLease';

/** Beats in one lease: two may be lost on their way. */
export const BEATS_IN_LEASE = 3;
const BEATS_OVERDUE = 2;

export const noMembers = (): MembersState => ({ v: 1, members: [] });

/** Takes a process in, once; one that is there keeps its place. It has the lowest number that nobody of its kind has on its host. */
export function takeIn(state: MembersState, joining: Joining): Member {
  const known = state.members.find(({ id }) => id === joining.id);
  if (known) return known;
  const taken = new Set(state.members.filter((one) => one.kind === joining.kind && one.hostname === joining.hostname).map((one) => one.number));
  const had = joining.number;
  const lowest = Array.from({ length: taken.size + 1 }, (_, n) => n).find((n) => !taken.has(n))!;
  const member = { ...joining, number: had === undefined || taken.has(had) ? lowest : had };
  state.members.push(member);
  return member;
}

export function leave(state: MembersState, id: string): void {
  state.members = state.members.filter((one) => one.id !== id);
}

/** V-5: as the original names its processes. */
export const memberName = ({ kind, number }: Pick<Member, 'kind' | 'number'>): string => `${MEMBER_KINDS[kind]} worker(${number})`;

/** V-3: ISO 8601, UTC, no fractions of a second. */
export const createdAt = (iso: string): string => `${new Date(iso).toISOString().slice(0, 19)}+00:00`;

/** A process that beats. @param heardAt when it last did, ISO 8601 */
export function viewMember(beat: MemberBeat, heardAt: string, nowMs: number): MemberView {
  const overdue = nowMs - Date.parse(heardAt) > (beat.leaseMs / BEATS_IN_LEASE) * BEATS_OVERDUE;
  return {
    name: memberName(beat), kind: beat.kind, hostname: beat.hostname, process: beat.pid, created: createdAt(beat.startedAt),
    status: overdue ? 'lost' : 'running', version: beat.version, queue: beat.queue, load: beat.load, heardAt,
  };
}

/** An agent's process, from the summary of its agent; undefined while none is known to work. */
export function viewAgentMember({ id, conditions, detail }: Pick<Summary, 'id' | 'conditions' | 'detail'>): MemberView | undefined {
  const { pid, hostname, since, version } = detail;
  if (typeof pid !== 'number' || typeof since !== 'string') return undefined;
  const number = Number(id.split('/')[1]);
  return {
    name: memberName({ kind: 'agent', number }), kind: 'agent', hostname: String(hostname), process: pid, created: createdAt(since),
    status: conditions.some(({ type }) => type === 'Unreachable') ? 'lost' : 'running', version: typeof version === 'string' ? version : null,
    queue: agentQueue(number), load: null, heardAt: null,
  };
}

/** V-8: who is listed runs. A process is, as long as its lease lasts; of agents it is known at once. */
export const isListed = ({ kind, status }: MemberView): boolean => kind !== 'agent' || status === 'running';

type Place = Pick<MemberView, 'name' | 'hostname' | 'process'>;

/** V-2: by name, code point by code point; those of one name by host and process. */
export const compareMembers = (a: Place, b: Place): number => compare(a.name, b.name) || compare(a.hostname, b.hostname) || a.process - b.process;

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** The four keys of the original's answer. */
export const asLanded = ({ name, hostname, process, created }: MemberView) => ({ name, hostname, process, created });

/** The same as the seed itself shows them. */
export const asDisplayed = ({ name, hostname, process, created }: MemberView) => ({ 'Created At': created, Hostname: hostname, 'Process Id': process, Name: name });
