import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import type { ClusterDocument } from '../../model/cluster_views';
import { audit } from '../support/audit';
import type { DockerEngine } from '../support/docker_engine';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { givenBack, launch, machinesOf, until, verb } from '../support/http';
import { GROUND } from '../support/machine_ground';

/**
 * For every step of a launch and of a destroy: `kill -9` of each process of the grid, just before the step's effect
 * and just after it, when its answer is not yet known. Made from the step list: a new step is covered by itself. Where
 * machines are containers, their engine is a victim too: it is started again, and all that ran there has ended with it.
 * Where they are tasks of Mesos the master is, and `control` is the worker that is subscribed.
 */
const VICTIMS = ['control', 'api', 'temporal', ...(GROUND === 'docker' ? ['dockerd' as const] : []), ...(GROUND === 'mesos' ? ['master' as const] : [])] as const;
type Victim = (typeof VICTIMS)[number];

/** Steps that only send a message have no activity of their own: they are struck as soon as what comes before them has ended. */
const WITHOUT_ACTIVITY: Record<string, string> = { place: 'takeNumber', release: 'stop_machines' };

type Strike = readonly [step: string, moment: string, victim: Victim];
const strikes = (operation: 'launch' | 'destroy'): Strike[] =>
  CLUSTER_OPERATIONS[operation].flatMap(({ name }) =>
    VICTIMS.flatMap((victim) => (name in WITHOUT_ACTIVITY ? ['before'] : ['before', 'after']).map((moment): Strike => [name, moment, victim])));

/** One life each: a process is killed during its launch, and one during its destroy, as long as there are such. */
function lives(): (readonly [string, string, Strike | undefined, Strike | undefined])[] {
  const [launches, destroys] = [strikes('launch'), strikes('destroy')];
  const told = (strike: Strike | undefined) => (strike ? `${strike[0]}, killed ${strike[1]} its effect: ${strike[2]}` : 'nothing is killed');
  return Array.from({ length: Math.max(launches.length, destroys.length) }, (_, i) => [told(launches[i]), told(destroys[i]), launches[i], destroys[i]] as const);
}

let grid: TestGrid;
let faults: string;

beforeAll(async () => {
  faults = mkdtempSync(join(tmpdir(), 'grid-test-'));
  grid = await startGrid({ env: { GRID_TEST_FAULTS: faults }, preload: join(__dirname, '../support/faults.cjs') });
});
afterAll(async () => {
  await grid.end();
  rmSync(faults, { recursive: true, force: true });
});

const pidOf = (victim: Victim): number => {
  if (victim === 'dockerd') return grid.ground.engine!.pid();
  return victim === 'master' ? grid.ground.masterPid!() : grid.pidOf(victim);
};

/** Has the victim killed at that moment; the answer looks afterwards whether it was, and another runs in its place. */
function plan([step, moment, victim]: Strike): () => Promise<void> {
  const key = `${WITHOUT_ACTIVITY[step] ?? step}.${WITHOUT_ACTIVITY[step] ? 'after' : moment}`;
  const pid = pidOf(victim);
  rmSync(join(faults, `${key}.taken`), { force: true });
  writeFileSync(join(faults, key), victim === 'control' ? 'self' : String(pid));
  return async () => {
    expect(existsSync(join(faults, `${key}.taken`))).toBe(true);
    // Of a master nothing need have been asked since.
    while (pidOf(victim) === pid) await new Promise((r) => setTimeout(r, 50));
  };
}

/** Nobody but a person starts an engine. */
async function startEngineAgain(engine: DockerEngine): Promise<void> {
  const pid = engine.pid();
  while (isAlive(pid)) await new Promise((r) => setTimeout(r, 20));
  await engine.kill();
  await engine.start();
}

/** What a person does when the machines of a launch were killed meanwhile; that they were is told a moment later. */
async function readyByRepair(id: string): Promise<void> {
  const isWhole = (d: ClusterDocument) => d.state === 'ready' && d.operation === null && d.conditions.length === 0;
  const isStuck = (d: ClusterDocument) => d.conditions.some(({ type }) => type === 'Degraded' || type === 'Blocked');
  const allRun = async () => (await machinesOf(grid, id)).every(({ state }) => state === 'running');
  while (!(isWhole(await until(grid, id, (d) => isWhole(d) || isStuck(d))) && (await allRun()))) {
    await verb(grid, id, 'repair');
    await new Promise((r) => setTimeout(r, 500));
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
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

test.each(lives())('a launch ends ready without a person: %s; a destroy ends with nothing: %s', async (_, __, first, second) => {
  const launchStruck = first && plan(first);
  const id = await launchThroughTheCrash(String(first ?? second));
  if (first?.[2] === 'dockerd') await startEngineAgain(grid.ground.engine!).then(() => readyByRepair(id));
  const document = await until(grid, id, (d) => d.state === 'ready');
  await launchStruck?.();
  await expectOneMachinePerNode(id, document.nodes.map((n) => n.machine));

  const destroyStruck = second && plan(second);
  await verb(grid, id, 'destroy').catch(() => undefined);
  if (second?.[2] === 'dockerd') await startEngineAgain(grid.ground.engine!);
  await until(grid, id, (d) => d.state === 'destroyed');
  await destroyStruck?.();
  expect(labelled(grid.home)).toEqual([]);
  await givenBack(grid);
  await audit(grid);
});

async function expectOneMachinePerNode(id: string, machines: string[]): Promise<void> {
  const there = await machinesOf(grid, id);
  expect(there.map((m) => [m.id, m.state]).sort()).toEqual(machines.map((machine) => [machine, 'running']).sort());
}
