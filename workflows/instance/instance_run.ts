import type { InstanceState } from '../../model/services/instance_state';
import type { Run } from '../lifecycle/run';

export type InstanceRun = Run<InstanceState>;
