import type { Capacity } from '../../model/machine';
import type { Surroundings } from '../surroundings';
import { openDriver } from './driver';
import type { OnCompute } from './start_machines';

/** What a compute has to give. */
export const probeCompute = (around: Surroundings) => ({ compute, connector }: OnCompute): Promise<Capacity> =>
  openDriver({ name: compute, connector, ...around }).capacity();
