import { homedir } from 'node:os';
import { join } from 'node:path';
import { aheadOf, clocksOf, type Finding } from '../model/doctor';
import type { Api } from './api';
import { readDoctor } from './endpoints';
import { EXIT, Failure } from './exit';

/** What the API finds, and what is seen from here: whether it answers, and what its clock says. */
export async function examine(api: Api, env: Record<string, string | undefined>): Promise<Finding[]> {
  const before = Date.now();
  try {
    const { now, findings } = await readDoctor(api);
    const clock = clocksOf({ clocks: [{ whose: 'the API, held against this one,', aheadMs: aheadOf(Date.parse(now), before, Date.now()) }], examined: null });
    return [{ check: 'api', status: 'ok', seen: `answers at ${api.base}` }, ...clock.filter(({ status }) => status !== 'ok'), ...findings];
  } catch (error) {
    // That a command was called wrongly, or called off, is nothing about the grid.
    if (!(error instanceof Failure) || [EXIT.usage, EXIT.interrupted].includes(error.detail.exit as 2 | 130)) throw error;
    return [await away(error, api.base, env)];
  }
}

/** A grid may run from this user's home all the same, at another address. */
async function away({ detail: { message, fix } }: Failure, base: string, env: Record<string, string | undefined>): Promise<Finding> {
  const { gridOfHome } = await import('./up/grid_file');
  const here = gridOfHome(env['GRID_HOME'] || join(homedir(), '.service-grid'));
  const elsewhere = here && here.api !== base ? here.api : undefined;
  return { check: 'api', status: 'failed', seen: elsewhere ? `${message}; one runs at ${elsewhere}` : message, fix: elsewhere ? `set GRID_API=${elsewhere}` : (fix ?? 'look at its log') };
}
