import { setTimeout as sleep } from 'node:timers/promises';
import type { Reservation } from '../../model/compute';
import { labelledProcesses, type TestGrid } from './grid';
import { ask, read } from './http';
import { withTemporal } from './temporal';

/** What is told with a message, and taken away by an engine, comes a moment after what it belongs to has ended. */
const SETTLES_MS = 20_000;

/**
 * What is there is what is recorded, of machines, of what belongs to them, of room and of open workflows; throws with
 * what is not when it does not come to that.
 */
export async function audit(grid: TestGrid | undefined): Promise<void> {
  // One that did not come up has nothing, and its test says so.
  if (!grid) return;
  const until = Date.now() + SETTLES_MS;
  for (;;) {
    const seen = await look(grid).catch((error: unknown) => ({ there: String(error), recorded: 'an answer' }));
    if (JSON.stringify(seen.there) === JSON.stringify(seen.recorded)) return;
    if (Date.now() > until) return expect(seen.there).toEqual(seen.recorded);
    await sleep(100);
  }
}

interface Seen {
  there: unknown;
  recorded: unknown;
}

async function look(grid: TestGrid): Promise<Seen> {
  const [reservations, open, listed, things] = await Promise.all([reservationsOf(grid), openWorkflows(grid), livingLifecycles(grid), grid.ground.things()]);
  const held = reservations.flatMap(({ owner, allocations }) => allocations.map(({ node }) => `${owner} ${node}`)).sort();
  const owners = unique(reservations.map(({ owner }) => owner));
  return {
    there: { machines: machinesThere(grid), open, thingsOfNobody: held.length === 0 ? things : [] },
    recorded: { machines: held, open: unique([...listed, ...owners]), thingsOfNobody: [] },
  };
}

/** All that runs in machines, by owner and node. */
function machinesThere({ home }: TestGrid): string[] {
  const value = (environ: string[], name: string) => environ.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const places = labelledProcesses(home).flatMap(({ environ }) => {
    const machine = value(environ, 'GRID_MACHINE');
    const agent = /^agent--(\d+)-g/.exec(machine ?? '')?.[1];
    // What an agent runs has an owner of its own, and is in its machine.
    return agent ? [`agent/${agent} machine`] : machine ? [`${value(environ, 'GRID_OWNER')} ${value(environ, 'GRID_NODE')}`] : [];
  });
  return unique(places).filter((place) => !place.startsWith('connector/'));
}

async function reservationsOf(grid: TestGrid): Promise<Reservation[]> {
  const { computes } = (await ask(grid, 'GET', '/api/v1/computes')).body as { computes: { name: string }[] };
  return (await Promise.all(computes.map(async ({ name }) => (await read(grid, `/api/v1/computes/${name}`)).reservations as Reservation[]))).flat();
}

/** Lifecycles that are not over, as Temporal has them. */
const KINDS = ['cluster', 'agent'];
const openWorkflows = (grid: TestGrid): Promise<string[]> => withTemporal(grid, async ({ workflow }) => {
  const open: string[] = [];
  for await (const run of workflow.list({ query: `ExecutionStatus = 'Running' AND WorkflowType IN ('cluster', 'agent', 'launchCluster', 'machineCall')` })) open.push(run.workflowId);
  return unique(open);
});

/** The same, as the grid tells of them. */
const OVER = ['destroyed', 'MACHINE_TERMINATED'];
async function livingLifecycles(grid: TestGrid): Promise<string[]> {
  const all = await Promise.all(KINDS.map((kind) => ask(grid, 'GET', `/api/v1/lifecycles?kind=${kind}&limit=200`)));
  return all.flatMap(({ body }) => body.lifecycles as { id: string; state: string }[]).filter(({ state }) => !OVER.includes(state)).map(({ id }) => id);
}

const unique = (texts: string[]): string[] => [...new Set(texts)].sort();
