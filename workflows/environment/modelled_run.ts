import type { ModelledInstance } from '../../model/environment/modelled_instance';
import type { Run } from '../lifecycle/run';

export type ModelledRun = Run<ModelledInstance>;
