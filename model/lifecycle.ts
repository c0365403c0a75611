import type { Code } from './codes';
import type { Problem } from './errors';
import type { LifecycleKind } from './ids';

/** One named piece of a lifecycle: the only thing an operator steers (DESIGN §8). Times are ISO 8601. */
export interface Step {
  name: string;
  state: 'pending' | 'running' | 'blocked' | 'done' | 'skipped' | 'failed' | 'undone';
  /** How often it was begun, by itself or by `retry`. */
  attempt: number;
  startedAt?: string;
  endedAt?: string;
  lastError?: Problem;
  nextTryAt?: string;
  /** Why it is not getting on, for a person: "cpu: needs 3, 1 of 8 free on host1". */
  waitingFor?: string;
  progress?: { done: number; total: number };
  /** Last lines a script or command printed. */
  output?: string;
  retryable: boolean;
  skippable: boolean;
  during?: string;
  after?: string;
}

/** A fact for programs; the state word is for people. A condition that is absent is not true. */
export interface Condition {
  type: 'Blocked' | 'Degraded' | 'Paused' | 'Destroying' | 'Aborted' | 'Unreachable' | 'Drifted' | 'Unclaimed';
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  since: string;
  /** Where the manual tells of the reason; see `Problem`. */
  help?: string;
}

export interface TimelineEntry {
  at: string;
  state: string;
  /** What brought it there: an operation, a verb and who asked. */
  because?: string;
}

export type Verb = 'retry' | 'skip' | 'pause' | 'resume' | 'abort' | 'repair' | 'destroy';
export const VERBS: readonly Verb[] = ['retry', 'skip', 'pause', 'resume', 'abort', 'repair', 'destroy'];

export interface Command {
  /** For retry and skip: the step meant; none means the blocked one. */
  step?: string;
  /** Said by the person, kept in the timeline. */
  reason?: string;
  /** Hash of the plan that this is to carry out; another one is refused. */
  planned?: string;
}

export interface Operation {
  kind: string;
  startedAt: string;
  endedAt?: string;
  outcome?: 'done' | 'aborted' | 'interrupted';
}

/** How to take back a step; performed in reverse order on abort. `done` and `error` are set then. */
export interface Undo {
  step: string;
  undo: string;
  error?: string;
}

/** What every lifecycle carries, whole, from run to run (DESIGN §4 rule 3). */
export interface Lifecycle {
  v: 1;
  id: string;
  kind: LifecycleKind;
  owner: string;
  state: string;
  /** Grows with every change; what ETags and resumption stand on. */
  revision: number;
  conditions: Condition[];
  steps: Step[];
  timeline: TimelineEntry[];
  operation: Operation | null;
  operations: Operation[];
  undo: Undo[];
  paused: boolean;
  /** What the person decided about the blocked step, until the step takes it. */
  decision: 'retry' | 'skip' | null;
  /** What shall happen instead of the operation that is going on. */
  interrupt: 'abort' | 'destroy' | 'repair' | null;
  /** True when nothing will ever happen to it again, where the state alone does not say so. */
  over?: true;
  /** Ids of commands that were carried out, so that a repetition after continue-as-new changes nothing. */
  seen: string[];
}

/** The summary every lifecycle keeps in its memo, under 2 KB: enough for lists, and for GET while no worker runs. */
export interface Summary {
  id: string;
  kind: LifecycleKind;
  owner: string;
  state: string;
  revision: number;
  /** The step that runs or is blocked. */
  step?: string;
  /** The reason when something waits, at most 300 characters. */
  reason?: string;
  conditions: { type: Condition['type']; reason: string }[];
  createdAt: string;
  updatedAt: string;
  /** What the kind adds: a cluster its dnsname, dn, number of nodes; a product its description. */
  detail: Record<string, string | number | boolean | null>;
}

const MAX_TIMELINE = 200;
const MAX_SEEN = 500;
const MAX_OPERATIONS = 20;

export function newLifecycle(id: string, kind: LifecycleKind, owner: string, state: string, at: string): Lifecycle {
  return {
    v: 1, id, kind, owner, state, revision: 1, conditions: [], steps: [], timeline: [{ at, state }],
    operation: null, operations: [], undo: [], paused: false, decision: null, interrupt: null, seen: [],
  };
}

export function enter(life: Lifecycle, state: string, at: string, because?: string): void {
  if (life.state === state && !because) return;
  life.state = state;
  life.timeline.push({ at, state, ...(because ? { because } : {}) });
  if (life.timeline.length > MAX_TIMELINE) life.timeline.splice(1, life.timeline.length - MAX_TIMELINE);
}

export function setCondition(life: Lifecycle, type: Condition['type'], reason: Code, message: string, at: string): void {
  const had = life.conditions.find((c) => c.type === type);
  if (had) Object.assign(had, { reason, message, status: 'True' });
  else life.conditions.push({ type, status: 'True', reason, message, since: at });
}

export function clearCondition(life: Lifecycle, type: Condition['type']): void {
  life.conditions = life.conditions.filter((c) => c.type !== type);
}

export const hasCondition = (life: Lifecycle, type: Condition['type']) => life.conditions.some((c) => c.type === type);

/** True when this command was new; a repeated id is remembered and refused. */
export function firstTime(life: Lifecycle, commandId: string): boolean {
  if (life.seen.includes(commandId)) return false;
  life.seen.push(commandId);
  if (life.seen.length > MAX_SEEN) life.seen.splice(0, life.seen.length - MAX_SEEN);
  return true;
}

export interface StepPlan {
  name: string;
  retryable: boolean;
  skippable: boolean;
  /** State word of the lifecycle while the step runs, and once it is over. */
  during?: string;
  after?: string;
}

export function beginOperation(life: Lifecycle, kind: string, plan: readonly StepPlan[], at: string): void {
  if (life.operation && !life.operation.endedAt) endOperation(life, 'interrupted', at);
  life.operation = { kind, startedAt: at };
  life.undo = [];
  life.decision = null;
  clearCondition(life, 'Blocked');
  if (kind !== 'destroy') clearCondition(life, 'Aborted');
  life.steps = plan.map((p) => ({ ...p, state: 'pending', attempt: 0 }));
}

/** For what is found out only while the operation goes on. */
export const addStep = (life: Lifecycle, plan: StepPlan): void => void life.steps.push({ ...plan, state: 'pending', attempt: 0 });

export function endOperation(life: Lifecycle, outcome: NonNullable<Operation['outcome']>, at: string): void {
  if (!life.operation) return;
  life.operations.push({ ...life.operation, endedAt: at, outcome });
  if (life.operations.length > MAX_OPERATIONS) life.operations.shift();
  life.operation = null;
  life.undo = [];
  life.decision = null;
  clearCondition(life, 'Blocked');
}

export function stepNamed(life: Lifecycle, name: string): Step {
  const step = life.steps.find((s) => s.name === name);
  if (!step) throw new RangeError(`${life.id} has no step ${name}`);
  return step;
}

export const blockedStep = (life: Pick<Lifecycle, 'steps'>) => life.steps.find((s) => s.state === 'blocked');

/** The step it stands at: the one that is blocked, else the one that runs. */
export const currentStep = (life: Lifecycle) => blockedStep(life) ?? life.steps.find((s) => s.state === 'running');

/** Why this step goes no further: what failed, or what it waits for. */
export const whyOf = (step: Step): string | undefined => (step.state === 'blocked' ? step.lastError?.message : step.waitingFor);

export function startAttempt(life: Lifecycle, step: Step, undo: string | undefined, at: string): void {
  if (undo && !life.undo.some((u) => u.step === step.name)) life.undo.push({ step: step.name, undo });
  step.state = 'running';
  step.attempt += 1;
  step.startedAt ??= at;
  if (step.during) enter(life, step.during, at);
  delete step.endedAt;
  delete step.waitingFor;
}

export function endStep(life: Lifecycle, step: Step, state: 'done' | 'skipped' | 'failed' | 'undone', at: string): void {
  step.state = state;
  step.endedAt = at;
  if (step.after && (state === 'done' || state === 'skipped')) enter(life, step.after, at);
  delete step.nextTryAt;
  delete step.waitingFor;
}

export function blockStep(life: Lifecycle, step: Step, error: Problem, at: string): void {
  step.state = 'blocked';
  step.lastError = error;
  step.waitingFor = `a person: ${[step.retryable && 'retry', step.skippable && 'skip', 'abort'].filter(Boolean).join(', ')}`;
  setCondition(life, 'Blocked', error.code, `${step.name}: ${error.message}`, at);
}

export function unblockStep(life: Lifecycle, step: Step): void {
  delete step.waitingFor;
  clearCondition(life, 'Blocked');
}
