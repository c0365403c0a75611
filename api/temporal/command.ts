import { WorkflowNotFoundError } from '@temporalio/client';
import { mayChange } from '../../model/access';
import { problem, type Problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { CommandResult } from '../../model/messages';
import { forbidden } from '../access/admit';
import type { Grid } from '../http/grid';
import { describe, type Described } from './describe';
import { problemOf } from './failures';
import { sendUpdate } from './update';

const COMMAND_MS = 3_000;

/**
 * Sends a command to a lifecycle.
 * @throws Problem 404 without such a lifecycle, 403 for one that only admins change, 409 with the reason when it refuses or is over, 503 `not_confirmed`
 */
export async function command<A>(grid: Grid, id: string, name: string, arg: A, updateId: string, withinMs = COMMAND_MS): Promise<CommandResult> {
  await checkMayChange(grid, id);
  try {
    return await sendUpdate<CommandResult, A>(grid, { id, name, arg, updateId, withinMs });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) raise(over(await describe(grid, id), name));
    if (problemOf(error)?.status === 503) raise(notConfirmed(id, name));
    throw error;
  }
}

/** @throws Problem 404 without it, 403 for one that only admins change */
export async function checkMayChange(grid: Grid, id: string): Promise<void> {
  if (grid.caller.role === 'admin') return;
  const { summary } = await describe(grid, id);
  if (!mayChange(grid.caller, { id, owner: summary?.owner ?? '' })) raise(forbidden(`${id} is there for all: only admins change it`));
}

/** Why a lifecycle that has ended takes no command. */
export function over({ id, summary, status }: Described, name: string): Problem {
  const state = summary?.state ?? status.toLowerCase();
  return problem(409, state === 'destroyed' ? 'destroyed' : 'over', `${id}: it is over (${state}), ${name} changes nothing any more`, 'Start a new one.');
}

const notConfirmed = (id: string, name: string): Problem =>
  problem(503, 'not_confirmed', `${id}: ${name} was not confirmed in time; it may yet be carried out`, 'See with /readyz what is away. Then repeat the command under the same Idempotency-Key: it is carried out once.');
