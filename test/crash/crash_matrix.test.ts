import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, givenBack, launch, until, verb } from '../support/http';

/**
 * For every step of a launch and of a destroy: `kill -9` of each process of the grid, just before the step's effect
 * and just after it, when its answer is not yet known. Made from the step list: a new step is covered by itself.
 */
const VICTIMS = ['control', 'api', 'temporal'] as const;

/** Steps that only send a message have no activity of their own: they are struck as soon as what comes before them has ended. */
const WITHOUT_ACTIVITY: Record<string, string> = { place: 'takeNumber', release: 'stop_machines' };

const cases = (operation: 'launch' | 'destroy') =>
  CLUSTER_OPERATIONS[operation].flatMap(({ name }) =>
    VICTIMS.flatMap((victim) => (name in WITHOUT_ACTIVITY ? ['before'] : ['before', 'after']).map((moment) => [name, moment, victim] as const)));

let grid: TestGrid;
let faults: string;

beforeAll(async () => {
  faults = mkdtempSync(join(tmpdir(), 'grid-test-'));
  grid = await startGrid({ env: { GRID_TEST_FAULTS: faults }, preload: join(__dirname, '../support/faults.cjs') });
}, 90_000);
afterAll(async () => {
  await grid.end();
  rmSync(faults, { recursive: true, force: true });
});

/** Has the victim killed at that moment; the answer looks afterwards whether it was, and another runs in its place. */
function plan(step: string, moment: string, victim: (typeof VICTIMS)[number]): () => void {
  const key = `${WITHOUT_ACTIVITY[step] ?? step}.${WITHOUT_ACTIVITY[step] ? 'after' : moment}`;
  const pid = grid.pidOf(victim);
  rmSync(join(faults, `${key}.taken`), { force: true });
  writeFileSync(join(faults, key), victim === 'control' ? 'self' : String(pid));
  return () => {
    expect(existsSync(join(faults, `${key}.taken`))).toBe(true);
    expect(grid.pidOf(victim)).not.toBe(pid);
  };
}

/** A person whose request was cut off sends it again under the same key. */
async function launchThroughTheCrash(key: string): Promise<string> {
  for (;;) {
    try {
      return await launch(grid, 'reference/1.0.0', { size: 2 }, { 'idempotency-key': key });
    } catch {
      await new Promise((r) => setTimeout(r, 200));
    }
  }
}

describe('a launch ends ready without a person', () => {
  test.each(cases('launch'))('%s, killed %s its effect: %s', async (step, moment, victim) => {
    const expectStruck = plan(step, moment, victim);
    const id = await launchThroughTheCrash(`${step}-${moment}-${victim}`);
    const document = await until(grid, id, (d) => d.state === 'ready');
    expectStruck();
    await expectOneMachinePerNode(id, document.nodes.map((n) => n.machine));
    await destroyed(grid, id);
    expect(labelled(grid.home)).toEqual([]);
  }, 90_000);
});

describe('a destroy ends with nothing', () => {
  test.each(cases('destroy'))('%s, killed %s its effect: %s', async (step, moment, victim) => {
    const id = await launch(grid, 'reference/1.0.0', { size: 2 });
    await until(grid, id, (d) => d.state === 'ready');
    const expectStruck = plan(step, moment, victim);
    await verb(grid, id, 'destroy').catch(() => undefined);
    await until(grid, id, (d) => d.state === 'destroyed');
    expectStruck();
    expect(labelled(grid.home)).toEqual([]);
    await givenBack(grid);
  }, 90_000);
});

async function expectOneMachinePerNode(id: string, machines: string[]): Promise<void> {
  const { body } = await ask(grid, 'GET', `/api/v1/machines?owner=${encodeURIComponent(id)}`);
  expect(body.machines.map((m: { id: string }) => m.id).sort()).toEqual([...machines].sort());
  expect(body.machines.every((m: { state: string }) => m.state === 'running')).toBe(true);
}
