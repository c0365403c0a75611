import type { InstanceState } from '../../model/services/instance_state';
import type { Run } from '../lifecycle/run';
import type { Teller } from '../lifecycle/tell';

export type InstanceRun = Run<InstanceState> & Pick<Teller, 'toldAgain'>;
