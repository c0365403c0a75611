import type { ServiceState } from '../../model/services/service_state';
import type { Run } from '../lifecycle/run';

export interface ServiceRun extends Run<ServiceState> {
  /** Grows with everything that instances and agents tell, and with every one that goes: what a step that waits looks at. */
  news: number;
}
