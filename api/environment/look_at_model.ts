import type { LookedAt } from '../../model/environment/environment_state';
import { ENVIRONMENT_ID } from '../../model/ids';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { sendUpdate } from '../temporal/update';

const LOOK_MS = 10_000;

/** The model as it is now, and what it and what runs differ in. */
export const lookAtModel = (c: Ctx, grid: Grid): Promise<LookedAt> =>
  sendUpdate<LookedAt, undefined>(grid, { id: ENVIRONMENT_ID, name: 'look', arg: undefined, updateId: updateIdOf(c), withinMs: LOOK_MS });
