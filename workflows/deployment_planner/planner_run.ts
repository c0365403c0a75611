import type { PlannerState } from '../../model/services/planner_state';
import type { Run } from '../lifecycle/run';

export type PlannerRun = Run<PlannerState>;
