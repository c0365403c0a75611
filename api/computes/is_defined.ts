import { computeId } from '../../model/ids';
import type { Grid } from '../http/grid';
import { findDescribed } from '../temporal/describe';

/** Whether there is such a compute now; one that was removed is only remembered. */
export const isDefined = async (grid: Grid, name: string): Promise<boolean> => (await findDescribed(grid, computeId(name)))?.status === 'RUNNING';
