import type { ModelChanged } from '../../model/environment/environment_state';
import type { Run as RunState } from '../../model/environment/run';
import type { Run } from '../lifecycle/run';

export type EnvironmentRun = Run<RunState> & { changed: ModelChanged | null };
