import { spawnApi } from '../api/support/api_process';
import { eventually } from '../api/support/api_under_test';
import { freePort, type TestGrid } from '../support/grid';
import { ask, verb } from '../support/http';
import { temporalAddress } from '../support/temporal';

/** What those who operate a grid live through with it. */
export async function playOperating(grid: TestGrid): Promise<void> {
  await members_come_and_go(grid);
  console.log('played members_come_and_go');
  await changes_are_written_down(grid);
  console.log('played changes_are_written_down');
}

/** One is told to end, one is killed. */
async function members_come_and_go(grid: TestGrid): Promise<void> {
  const apis = async () => ((await ask(grid, 'GET', '/v1/service/')).body as { name: string }[]).filter(({ name }) => name.startsWith('ApiWorker')).length;
  const env = { ...grid.env, TEMPORAL_ADDRESS: temporalAddress(grid), TEMPORAL_NAMESPACE: 'servicegrid', GRID_MEMBER_LEASE: '1s' } as Record<string, string>;
  await eventually(apis, (n) => n === 1, 60_000);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { child } = await spawnApi({ ...env, LISTEN: `127.0.0.1:${await freePort()}` });
    await eventually(apis, (n) => n === 2, 60_000);
    child.kill(signal);
    await eventually(apis, (n) => n === 1, 60_000);
  }
}

/** So many that the audit goes on in another run. */
async function changes_are_written_down(grid: TestGrid): Promise<void> {
  for (let n = 0; n < 100; n++) await verb(grid, 'compute/none', 'pause');
}
