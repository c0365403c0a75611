import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { asksAgain } from '../../model/until_heard';
import type { TestGrid } from './grid';

export const NAMESPACE = 'servicegrid';

/** Where the grid's Temporal server answers, as the grid itself recorded it. */
export function temporalAddress({ home, env }: TestGrid): string {
  return env.TEMPORAL_ADDRESS ?? (JSON.parse(readFileSync(join(home, 'grid.json'), 'utf8')) as { temporalAddress: string }).temporalAddress;
}

/** Lets the work look at the grid's Temporal server as the Temporal UI does. */
export async function withTemporal<T>(grid: TestGrid, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporalAddress(grid) });
  try {
    return await work(new Client({ connection, namespace: NAMESPACE, interceptors: { workflow: [asksAgain] } }));
  } finally {
    await connection.close();
  }
}

/** The `temporal` command of a person; answers what it printed, throws with what it complained of. */
export async function temporalCommand(grid: TestGrid, ...args: string[]): Promise<string> {
  const all = [...args, '--address', temporalAddress(grid), '--namespace', NAMESPACE];
  const { stdout } = await promisify(execFile)(process.env.GRID_TEST_TEMPORAL_BIN!, all, { env: { PATH: process.env.PATH, HOME: grid.home } });
  return stdout;
}

export const textOf = (payload: Payload | null | undefined): string | undefined =>
  payload ? defaultPayloadConverter.fromPayload<string>(payload) : undefined;
