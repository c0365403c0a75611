import type { AgentProgress } from './agent_state';
import type { AgentAt, InstanceMaking, InstanceProgress } from './instance_state';
import type { Task } from './task';

/**
 * Updates, all with validators: `new_task` (of the deployment planner, the capacity planner and agents) with {@link NewTask};
 * `put_service` (deployment planner) with {@link PutService}. Queries: `document`; `tasks` (a run's own part of the
 * history, for every kind that has one; the planner answers `plans` too, for the orchestrator); `recipe` (service, by generation number);
 * `plan` (deployment planner) with a `PendingTask`, (cluster) with a `ClusterPlanWish`: what a command would do.
 */
export interface NewTask {
  task: Task;
  /** Of the deployment planner: hash of the plan that this is to carry out; another one is refused. */
  planned?: string;
}

export interface TaskAccepted {
  id: string;
  revision: number;
}

/** `scale_on_compute` (deployment planner): answered when it is carried out. The task is one of a kind by its `request_id`. */
export interface ScaleOnCompute {
  task: Task;
  /** The compute is a connector of others, which only counts. */
  counted: boolean;
}
export interface ScaledOnCompute extends TaskAccepted {
  /** Of the plan that has it. */
  sequence: number;
}

/** Updates `take_agent` and `release_agent` (deployment planner): the number of an agent that no service is planned on, by who has it. */
export interface OtherAgent {
  /** Path of the service of the category node; empty: the grid's own machine. */
  owner: string;
}

/** compute → planner, `moveServices`: whatever of services is on one compute is to go to another. */
export interface MoveServices {
  from: string;
  to: string;
}

/** The wishes of a service as a user writes them; what is absent stays. */
export interface PutService {
  service: string;
  displayName?: string;
  planned?: number;
  min?: number;
  max?: number;
  /** The `sequence` that the writer saw; another one is refused with 412. */
  expected?: number;
}

// ---- signals between lifecycles ------------------------------------------------------------------------------------

/** instance → agent, `attach`: tell me when you work; told at once, and again with every change; `detach`: no more. */
export interface Attach {
  service: string;
  instance: number | null;
}
/** agent → instance, `agentStands`; one that the instance does not have any more says nothing to it. */
export interface AgentStands {
  agent: number;
  /** Where it works; null: it does not. */
  at: AgentAt | null;
  /** Why not. */
  reason: string;
  /** True: the machine that it had is gone for good. */
  gone: boolean;
  /** There will never be another one. */
  over?: true;
}
/** service → instance, `leave`: your place is no longer planned. */
export interface Leave {
  because: string;
}
/** service → instance, `remake`: be made of this from now on. */
export type Remake = InstanceMaking;
/** instance → service, `instanceIs`. */
export interface InstanceIs {
  instance: number;
  agent: number;
  progress: InstanceProgress;
  generation: number;
  up: boolean;
  reason: string;
  blocked: boolean;
}
/** agent → service of each of its instances, `agentIs`. */
export interface AgentIs {
  agent: number;
  progress: AgentProgress;
  reason: string;
  blocked: boolean;
  /** True: it is terminated for good. */
  over: boolean;
}
/** agent → planner, `agentSilent` and `agentBack`; planner → agent, `verdict`. */
export interface AgentSilent {
  agent: number;
}
export interface Verdict {
  verdict: 'lost' | 'suspect';
}
/** deployment planner → capacity planner, `drop_rule`: the service was uninstalled (`spec` §1.6 j). */
export interface DropRule {
  service: string;
}
/** service → planner, `serviceOver`. */
export interface ServiceOver {
  service: string;
  sequence: number;
}
