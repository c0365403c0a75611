import type { MachinesFile } from '../environment/machines_file';
import type { Problem } from '../errors';
import { PLANNER_ID } from '../ids';
import { newLifecycle, type Lifecycle, type Summary } from '../lifecycle';
import { noHistory, type History } from './history';
import { numbersOn } from './places';
import type { Recipe } from './recipe';
import type { Task } from './task';
import type { Plan, Wish } from './wish';

/** A wish as the planner keeps it. */
export interface PlannedService {
  wish: Wish;
  recipe: { name: string; checksum: string };
  /** Values for the recipe, as they are now and as they were before the last change. */
  data: Record<string, string>;
  before: { recipe: { name: string; checksum: string }; data: Record<string, string> } | null;
  /** Of the last plan that was given to the service. */
  sequence: number;
}

/** A task on its way; what its check found out is kept with it. */
export interface PendingTask {
  task: Task;
  /** For install and update: what was read from the catalog when the task was taken. */
  recipe?: Recipe;
  /** For `scale_on_compute_task`: the compute is a connector of others, which only counts. */
  counted?: boolean;
  /** What came of it, for whoever waits for that. */
  outcome?: { sequence: number } | { refused: Problem };
}

export interface PlannerState extends Lifecycle {
  /** Services that are wanted, by name. */
  services: Record<string, PlannedService>;
  plan: Plan;
  /** Agents that are not of services, by who has them. */
  others?: Record<string, number>;
  /** Those that they gave back, and do not have anew. */
  released?: Record<string, number>;
  /** Those that a grid of before gave, until somebody has found out what became of their machines. */
  inherited?: Record<string, number>;
  /** Number of the last plan that a service was given. */
  sequence: number;
  /** Tasks not carried out yet, oldest first (SG-6); the first may be executing. */
  pending: PendingTask[];
  executing: Task | null;
  /** Agents that are silent, for the question whether the fault is ours. */
  silent: { agent: number; at: string; verdict?: 'lost' | 'suspect' }[];
  suspecting: boolean;
  history: History;
  /** History of the orchestrator's document: the plans that were made. */
  plans: History;
  createdAt: string;
  updatedAt: string;
}

/** @param before what a grid of before gave: its numbers are not given again */
export function newPlanner(at: string, before?: Pick<MachinesFile, 'agents' | 'numbersBelow'>): PlannerState {
  return {
    ...newLifecycle(PLANNER_ID, 'planner', '', 'planning', at), ...(before ? { inherited: before.agents } : {}),
    services: {}, plan: { services: [], nextAgent: before?.numbersBelow ?? 0 }, sequence: 0, pending: [], executing: null, silent: [], suspecting: false,
    history: noHistory(), plans: noHistory(), createdAt: at, updatedAt: at,
  };
}

export interface PlannerDocument extends Omit<PlannerState, 'pending'> {
  pending: Task[];
}

export const viewPlanner = ({ pending, ...rest }: PlannerState): PlannerDocument => ({ ...rest, pending: pending.map((p) => p.task) });

export const viewPlannerDetail = ({ services, plan, pending }: PlannerState): Summary['detail'] => ({
  services: Object.keys(services).length, instances: plan.services.reduce((n, s) => n + s.instances.length, 0), pending: pending.length,
});

/** Names are users': one like `constructor` is no service because every object has it. */
export const serviceNamed = ({ services }: Pick<PlannerState, 'services'>, name: string): PlannedService | undefined =>
  Object.hasOwn(services, name) ? services[name] : undefined;

/** Services of which something is wanted on this compute. */
export const servicesOn = ({ services }: Pick<PlannerState, 'services'>, compute: string): string[] =>
  Object.keys(services).filter((name) => (numbersOn(services[name]!.wish)[compute] ?? 0) > 0);

/** A change adds to the values that there are; an install begins with its own. */
export const dataAfter = (known: PlannedService | undefined, task: Task): Record<string, string> => ({ ...known?.data, ...((task.data ?? {}) as Record<string, string>) });
