import { untilProcessed } from '../../model/until_processed';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';

export interface Update<A> {
  id: string;
  name: string;
  arg: A;
  /** The same for every repetition of the same command. */
  updateId: string;
  withinMs: number;
}

/** Sends a command to a lifecycle and waits for what it answers. */
export const sendUpdate = <R, A>(grid: Grid, { id, name, arg, updateId, withinMs }: Update<A>): Promise<R> =>
  within(grid, withinMs, () => untilProcessed(() => grid.client.workflow.getHandle(id).executeUpdate<R, [A]>(name, { args: [arg], updateId })));
