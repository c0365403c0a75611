import { parseDurationMs } from './duration';
import type { DiskRoom } from './machine';
import type { MemberView } from './members';
import type { Examined } from './messages';

/** What `grid doctor` knows of a grid, and what it makes of it: facts in, findings out. */

export const CHECKS = ['api', 'temporal', 'namespace', 'worker', 'members', 'clocks', 'disks', 'computes', 'machines', 'agents', 'steps'] as const;
export type CheckName = (typeof CHECKS)[number];

/** What one check found. `warning`: it works, and will not for ever; `failed`: something does not work. */
export interface Finding {
  check: CheckName;
  status: 'ok' | 'warning' | 'failed';
  /** What was seen. */
  seen: string;
  /** What to do; none where all is well. */
  fix?: string;
}

export interface Clock {
  whose: string;
  /** How far it is before the one that it was held against, milliseconds. */
  aheadMs: number;
}

/** Of a lifecycle that has a condition: which, and all that it says. */
export interface Condemned {
  id: string;
  type: string;
  message: string;
}

export interface BlockedStep {
  id: string;
  step: string;
  reason: string;
  fix: string;
}

/** Everything that is read while Temporal answers; null where it could not be. */
export interface GridFacts {
  /** Of the programs of the API that was asked. */
  version: string;
  server: string | null;
  namespace: { name: string; retentionDays: number; missingAttributes: string[] } | null;
  controlWorker: boolean;
  members: MemberView[];
  clocks: Clock[];
  /** Of the disk with the home of the API. */
  home: DiskRoom | null;
  examined: Examined[] | null;
  /** Computes and agents with something the matter. */
  conditions: Condemned[];
  computes: number;
  agents: number;
  blocked: BlockedStep[];
}

/** Servers from this one on were tested with. */
const LEAST_SERVER = [1, 31];
const LEAST_RETENTION_DAYS = 7;
const CLOCK_WARNS_MS = parseDurationMs('5s')!;
/** Readers of events begin so long before they are told to: beyond that they would miss something. */
const CLOCK_FAILS_MS = parseDurationMs('5m')!;

/** How far another clock is before ours, from what it said between two looks at ours; 0 where that cannot be told. */
export function aheadOf(theirs: number, before: number, after: number): number {
  if (theirs >= before && theirs <= after) return 0;
  return theirs > after ? theirs - after : theirs - before;
}

const ok = (check: CheckName, seen: string): Finding[] => [{ check, status: 'ok', seen }];
const warning = (check: CheckName, seen: string, fix: string): Finding => ({ check, status: 'warning', seen, fix });
const failed = (check: CheckName, seen: string, fix: string): Finding => ({ check, status: 'failed', seen, fix });

/** The findings, or that there is nothing to find. */
const orOk = (found: Finding[], check: CheckName, seen: string): Finding[] => (found.length > 0 ? found : ok(check, seen));

/** All that can be said while Temporal does not answer. */
export const findingsWithoutTemporal = (home: DiskRoom | null): Finding[] => [
  failed('temporal', 'Temporal does not answer; nothing else of the grid can be looked at until it does', 'See that the Temporal server runs and that TEMPORAL_ADDRESS of the API leads to it; the API finds it again by itself.'),
  ...disksOf(home, []),
];

/** What is the matter with a grid, one check after the other. */
export const findingsOf = (facts: GridFacts): Finding[] => [
  ...serverOf(facts.server), ...namespaceOf(facts.namespace), ...workerOf(facts), ...membersOf(facts), ...clocksOf(facts), ...disksOf(facts.home, facts.examined ?? []),
  ...computesOf(facts), ...machinesOf(facts), ...agentsOf(facts), ...stepsOf(facts.blocked),
];

/** Whether nothing failed. */
export const isWell = (findings: readonly Finding[]): boolean => findings.every(({ status }) => status !== 'failed');

function serverOf(server: string | null): Finding[] {
  if (server === null) return [warning('temporal', 'it answers, and does not say which version it is', 'See that this API may ask for the system info of the server.')];
  const [major = 0, minor = 0] = server.split('.').map(Number);
  const isOld = major < LEAST_SERVER[0]! || (major === LEAST_SERVER[0] && minor < LEAST_SERVER[1]!);
  return isOld ? [warning('temporal', `it answers; its version ${server} is older than all that the grid was tested with`, `Use a server of version ${LEAST_SERVER.join('.')} or later.`)] : ok('temporal', `version ${server} answers`);
}

function namespaceOf(namespace: GridFacts['namespace']): Finding[] {
  if (!namespace) return [warning('namespace', 'what it keeps, and for how long, cannot be read', 'See that this API may describe its namespace.')];
  const { name, retentionDays, missingAttributes: missing } = namespace;
  return orOk([
    ...(missing.length > 0 ? [failed('namespace', `${name} lacks the search attributes ${missing.join(', ')}: lists are not complete`, 'Bring the grid up once with `grid up`, which adds them.')] : []),
    ...(retentionDays < LEAST_RETENTION_DAYS ? [warning('namespace', `${name} keeps what is over for ${days(retentionDays)}: destroyed clusters, the audit and missed events are forgotten then`, `temporal operator namespace update --retention 365d -n ${name}`)] : []),
  ], 'namespace', `${name} keeps what is over for ${days(retentionDays)} and has its search attributes`);
}

const days = (count: number): string => `${Number(count.toFixed(1))} ${count === 1 ? 'day' : 'days'}`;

const workerOf = ({ controlWorker }: GridFacts): Finding[] =>
  controlWorker ? ok('worker', 'a control worker does its work') : [failed('worker', 'no control worker answers: what is going on stands still', 'Start one (`npm run worker`, or `grid up`) and look at its log.')];

function membersOf({ members, version }: GridFacts): Finding[] {
  const lost = members.filter(({ status }) => status === 'lost').map((one) => warning('members', `${placeOf(one)} is silent since ${one.heardAt ?? 'a while'}`, 'See whether it still runs; it leaves the list when its lease ends.'));
  const others = members.filter((one) => one.version !== null && one.version !== version);
  const missing = (['api', 'control'] as const).filter((kind) => !members.some((one) => one.kind === kind));
  return orOk([
    ...missing.map((kind) => warning('members', `no process of kind ${kind} is a member`, 'It joins by itself within seconds of its start: look at its log.')),
    ...lost,
    ...(others.length > 0 ? [warning('members', `the API is version ${version}, but ${others.map((one) => `${placeOf(one)} ${one.version}`).join(', ')}`, 'Start the older ones again with the newer programs.')] : []),
  ], 'members', `${members.length} run, all of version ${version}`);
}

const placeOf = ({ name, hostname }: MemberView): string => `${name} on ${hostname}`;

/** Clocks against the one that they were held against. */
export function clocksOf({ clocks, examined }: Pick<GridFacts, 'clocks' | 'examined'>): Finding[] {
  const all = [...clocks, ...(examined ?? []).flatMap(({ compute, host, aheadMs }) => (aheadMs === null ? [] : [{ whose: hostOf(compute, host), aheadMs }]))];
  const wrong = all.filter(({ aheadMs }) => Math.abs(aheadMs) >= CLOCK_WARNS_MS);
  const found = wrong.map(({ whose, aheadMs }): Finding => ({
    check: 'clocks', status: Math.abs(aheadMs) >= CLOCK_FAILS_MS ? 'failed' : 'warning', seen: `the clock of ${whose} is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'fast' : 'slow'}`,
    fix: 'Set it by NTP: times of changes, leases and tokens depend on it.',
  }));
  return orOk(found, 'clocks', all.length === 0 ? 'no other clock is known' : `${all.length} agree with each other`);
}

const hostOf = (compute: string, host: string | null): string => (host === null ? `compute ${compute}` : `host ${host} of compute ${compute}`);

const FULL_MIB = 512;
const LITTLE_MIB = 2_048;
/** So much of a disk may be taken, as long as the rest is not much either. */
const SMALL_PART = 0.1;
const PLENTY_MIB = 20_480;

function disksOf(home: DiskRoom | null, examined: readonly Examined[]): Finding[] {
  const all = [...(home ? [{ whose: 'the home of the API', disk: home }] : []), ...examined.flatMap(({ compute, host, disk }) => (disk ? [{ whose: hostOf(compute, host), disk }] : []))];
  const isShort = ({ freeMiB, totalMiB }: DiskRoom) => freeMiB < LITTLE_MIB || (freeMiB < totalMiB * SMALL_PART && freeMiB < PLENTY_MIB);
  const found = all.flatMap(({ whose, disk }) => {
    const seen = `${whose}: ${disk.freeMiB} of ${disk.totalMiB} MiB are free`;
    if (disk.freeMiB < FULL_MIB) return [failed('disks', seen, 'Free some now: what runs there is about to fail.')];
    return isShort(disk) ? [warning('disks', seen, 'Free some, or give it a larger disk.')] : [];
  });
  return orOk(found, 'disks', all.map(({ whose, disk }) => `${whose}: ${disk.freeMiB} MiB are free`).join('; ') || 'no disk is known');
}

function computesOf({ computes, examined, conditions }: GridFacts): Finding[] {
  const away = (examined ?? []).flatMap(({ compute, host, problem }) => (problem ? [{ id: `compute/${compute}`, finding: failed('computes', `${hostOf(compute, host)}: ${problem.message}`, problem.fix) }] : []));
  const said = conditions.filter(({ id, type }) => id.startsWith('compute/') && type === 'Unreachable' && !away.some((one) => one.id === id));
  const found = [...away.map(({ finding }) => finding), ...said.map(({ id, message }) => failed('computes', `${id}: ${message}`, `See that what its connector leads to can be reached: \`grid show ${id}\`.`))];
  if (!examined && computes > 0) found.push(warning('computes', 'their drivers cannot be asked now', 'See what is said of the control worker.'));
  return orOk(found, 'computes', `${computes} ${computes === 1 ? 'answers' : 'answer'}`);
}

/** What runs for nobody that this grid knows. */
const machinesOf = ({ conditions }: GridFacts): Finding[] =>
  orOk(conditions.filter(({ type }) => type === 'Unclaimed').map(({ id, message }) => warning('machines', `${id}: ${message}`, 'List them with `grid machines`; end one with `grid machine rm`.')), 'machines', 'all belong to somebody');

const agentsOf = ({ conditions, agents }: GridFacts): Finding[] =>
  orOk(
    conditions.filter(({ id, type }) => id.startsWith('agent/') && type === 'Unreachable').map(({ id, message }) =>
      failed('agents', `${id}: ${message}`, /suspect/.test(message) ? `See what keeps them from Temporal; then \`grid repair ${id}\`.` : `Its machine is replaced by itself where it stays so; see \`grid show ${id}\`.`)),
    'agents', `${agents} ${agents === 1 ? 'is' : 'are'} heard`,
  );

const stepsOf = (blocked: readonly BlockedStep[]): Finding[] => orOk(blocked.map(({ id, step, reason, fix }) => failed('steps', `${id} is blocked at ${step}: ${reason}`, fix)), 'steps', 'none waits for a person');
