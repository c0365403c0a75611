import type { ServiceState } from '../../model/services/service_state';
import type { Run } from '../lifecycle/run';

export type ServiceRun = Run<ServiceState>;
