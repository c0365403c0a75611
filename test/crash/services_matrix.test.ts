import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, givenBack, read } from '../support/http';
import { agentNumber, instanceOf, killMachine, PLANNER, serviceUri, untilPath } from '../support/services';
import { unreplayable } from '../support/replayed';

/**
 * For every operation of a service: `kill -9` of each process that takes part, in the middle of it. It ends as it was
 * ordered, with one process for each instance, and nothing is left behind.
 */
const OURS = ['api', 'control', 'temporal'] as const;
const ALL = [...OURS, 'agent', 'machine'] as const;
type Victim = (typeof ALL)[number];

type Operation = 'install' | 'scale out' | 'scale in' | 'fail over' | 'rolling change' | 'uninstall';

/**
 * What a service lives through, in this order, and who is killed when. A moment is `<activity>.before|after` on the
 * control worker, or the name of an action of the recipe, which runs on the agent.
 */
type Life = [operation: Operation, moment: string, victims: readonly Victim[]][];
const LIVES: { instances: number; life: Life }[] = [
  { instances: 2, life: [['install', 'start_machine.after', OURS], ['fail over', 'stop_machine.after', OURS], ['rolling change', 'configure', OURS], ['uninstall', 'stop', ['control', 'temporal']]] },
  {
    instances: 1,
    life: [
      ['install', 'configure', ALL], ['scale out', 'configure', ['control', 'agent', 'machine']], ['rolling change', 'configure', ['agent', 'machine']],
      ['fail over', 'start', ['control', 'agent', 'machine']], ['scale in', 'stop', ['control', 'agent', 'machine']], ['uninstall', 'stop', ['machine']],
    ],
  },
];

let grid: TestGrid;
let scratch: string;
let number = 0;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'grid-test-'));
  cpSync(join(projectRoot(), 'catalog'), join(scratch, 'catalog'), { recursive: true });
  writeRecipe(join(scratch, 'catalog', 'recipes', 'deadly'));
  mkdirSync(join(scratch, 'faults'));
  grid = await startGrid({
    env: { GRID_AGENT_TIMEOUT: '2s', GRID_CATALOG: join(scratch, 'catalog'), GRID_TEST_FAULTS: join(scratch, 'faults') },
    preload: join(__dirname, '../support/faults.cjs'),
  });
});
afterAll(async () => {
  await grid.end();
  rmSync(scratch, { recursive: true, force: true });
});

/** A recipe whose actions kill whom a file names, once. */
function writeRecipe(dir: string): void {
  mkdirSync(dir);
  writeFileSync(join(dir, 'service.hrd'), "category = test\n\nprocess.1 =\n    cmd:sleep,\n    args:'100000',\n");
  writeFileSync(join(dir, 'instance.hrd'), "param.colour = 'blue'\n");
  writeFileSync(join(dir, 'actions.sh'), `#!/bin/sh
case "$1" in
  configure|start|stop)
    f="${join(scratch, 'faults')}/$1"
    mv "$f" "$f.taken" 2>/dev/null || exit 0
    read -r victim < "$f.taken"
    case "$victim" in
      agent) kill -9 "$PPID" ;;
      machine) kill -9 "-$(ps -o pgid= -p "$PPID" | tr -d ' ')" ;;
      *) kill -9 "$victim" ;;
    esac ;;
esac
`);
}

/** Has the victim killed at that moment; the answer looks afterwards whether it was. */
function plan(moment: string, victim: Victim): () => void {
  const path = join(scratch, 'faults', moment);
  const own = victim === 'agent' || victim === 'machine';
  const pid = own ? 0 : grid.pidOf(victim);
  rmSync(`${path}.taken`, { force: true });
  writeFileSync(path, own ? victim : victim === 'control' && moment.includes('.') ? 'self' : String(pid));
  return () => {
    expect(existsSync(`${path}.taken`)).toBe(true);
    if (!own) expect(grid.pidOf(victim)).not.toBe(pid);
  };
}

/** A person whose request was cut off sends it again under the same key. */
async function send(task: string, fields: object): Promise<void> {
  const key = `crash-${++number}`;
  const body = { task, ...fields, routing: { producer_id: 'http://localhost/webui/', consumer_id: PLANNER } };
  for (;;) {
    const answer = await ask(grid, 'POST', '/services/tasks/_new_task', body, { 'idempotency-key': key }).catch(() => ({ status: 0, body: '' }));
    if (answer.status === 202) return;
    if (answer.status >= 400 && answer.status < 500) throw new Error(JSON.stringify(answer.body));
    await new Promise((r) => setTimeout(r, 200));
  }
}

const wish = (name: string, planned: number) => ({
  service_id: serviceUri(name), display_name: name, recipe: 'deadly', planned_number_of_instances: planned, min_number_of_instances: 1, max_number_of_instances: 2,
});
const name = () => `s${++number}`;

/** Every instance is up, made of this generation, and its process is there once. */
async function settled(service: string, instances: number, generation = 1): Promise<void> {
  const document = await untilPath(grid, `/api/v1/lifecycles/service/${service}`, (d) =>
    d.state === 'SERVICE_INSTALLED' && d.operation === null && d.instances.length === instances && d.agents.length === instances &&
    d.instances.every((i: any) => i.up && i.generation === generation), 40_000);
  expect(document.instances.map((i: any) => i.instance)).toEqual([...Array(instances).keys()]);
  await untilPath(grid, '/api/v1/machines', (d) => d.machines.filter((m: any) => m.state === 'running').length === instances);
  expect(sleeps().length).toBe(instances);
}

/** Processes that instances are: one each, whatever became of who started them. */
function sleeps(): number[] {
  return labelled(grid.home).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x00100000\x00');
}

async function allGone(service: string): Promise<void> {
  await untilPath(grid, `/api/v1/lifecycles/service/${service}`, (d) => d.state === 'SERVICE_UNINSTALLED' && d.over === true, 40_000);
  await untilPath(grid, '/api/v1/lifecycles?kind=agent&limit=1', (d) => d.lifecycles[0].state === 'MACHINE_TERMINATED');
  expect(labelled(grid.home)).toEqual([]);
  await givenBack(grid);
}

interface Living {
  service: string;
  instances: number;
  generation: number;
}

/** Orders it and waits until it has come to what was ordered. */
const CARRY_OUT: Record<Operation, (of: Living) => Promise<void>> = {
  install: async (of) => send('install_service_task', wish(of.service, of.instances)),
  'scale out': async (of) => send('scale_service_task', { service_id: serviceUri(of.service), planned_number_of_instances: (of.instances += 1) }),
  'scale in': async (of) => send('scale_service_task', { service_id: serviceUri(of.service), planned_number_of_instances: (of.instances -= 1) }),
  'rolling change': async (of) => send('update_service_task', { service_id: serviceUri(of.service), data: { 'param.colour': `green ${(of.generation += 1)}` } }),
  'fail over': async ({ service }) => {
    const agent = agentNumber((await instanceOf(grid, service, 0)).agent_id);
    const { machineRestarts: before } = await read(grid, `/api/v1/lifecycles/agent/${agent}`);
    await killMachine(grid, agent);
    await untilPath(grid, `/api/v1/lifecycles/agent/${agent}`, (d) => d.machineRestarts > before, 40_000);
  },
  uninstall: async ({ service }) => send('uninstall_service_task', { service_id: serviceUri(service) }),
};

describe.each(LIVES.flatMap(({ instances, life }) => ALL.filter((victim) => life.some(([, , victims]) => victims.includes(victim))).map((victim) => ({ victim, instances, life }))))('$victim is killed while a service of $instances lives', ({ victim, instances, life }) => {
  const of: Living = { service: name(), instances, generation: 1 };

  test.each(life.filter(([, , victims]) => victims.includes(victim)))('%s, at %s', async (operation, moment) => {
    const struck = plan(moment, victim);
    await CARRY_OUT[operation](of);
    await (operation === 'uninstall' ? allGone(of.service) : settled(of.service, of.instances, of.generation));
    struck();
  });

  /** What a case that failed left would be counted in the next. */
  afterAll(async () => {
    await send('uninstall_service_task', { service_id: serviceUri(of.service) }).catch(() => undefined);
    await allGone(of.service);
    await audit(grid);
  });
});

test('everything that these lifecycles did would be done again by a worker that knows only their histories', async () => {
  expect(await unreplayable(grid)).toEqual([]);
});
