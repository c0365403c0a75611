import type { CapacityState } from '../../model/services/capacity_state';
import type { Run } from '../lifecycle/run';

export type CapacityRun = Run<CapacityState>;
