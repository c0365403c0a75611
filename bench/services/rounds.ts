import { PLANNER_ID } from '../../model/ids';
import type { Bench } from '../figure';
import { labelled } from '../../test/support/grid';
import { newHome, startGrid, type RunningGrid } from '../support/grid';
import { residentMb } from '../support/proc';
import { agentsOf, install, scale, uninstall } from '../support/services';

const ROUNDS = 20;
/** By then everything that is loaded once is loaded. */
const WARM = 5;
const NAME = 'rounds';

/** Installed, scaled in and out, uninstalled, and all of it again: what grows with it. */
export const servicesRounds: Bench = {
  name: 'services/rounds',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    const agents = new Set<number>();
    let [residentBefore, eventsBefore, wrong] = [0, 0, 0];
    for (let round = 1; round <= ROUNDS; round++) {
      site.tell(`round ${round} of ${ROUNDS}`);
      for (const agent of await onceMore(grid)) agents.add(agent);
      if (labelled(grid.path).length > 0) wrong += 1;
      if (round === WARM) [residentBefore, eventsBefore] = [residentMb(grid.pidOf('control')), await plannerEvents(grid)];
    }
    const [resident, events] = [residentMb(grid.pidOf('control')), await plannerEvents(grid)];
    await grid.stop();
    return [
      { what: `${ROUNDS} rounds: that left something running`, value: wrong, unit: 'failures', limit: 0, note: `${agents.size} agents, each number once` },
      { what: `${ROUNDS} rounds: resident: control`, value: resident, unit: 'MB', floor: residentBefore, limit: 300, note: `floor: after ${WARM} of them` },
      { what: 'history events of the planner a round', value: (events - eventsBefore) / (ROUNDS - WARM), unit: 'events' },
    ];
  },
};

/** @returns the agents that it had */
async function onceMore(grid: RunningGrid): Promise<number[]> {
  await install(grid, NAME, 2);
  const first = await agentsOf(grid, NAME);
  await scale(grid, NAME, 1);
  await scale(grid, NAME, 2);
  const then = await agentsOf(grid, NAME);
  await uninstall(grid, NAME);
  return [...first, ...then];
}

/** Of all its runs: it goes on in a new one when a history has grown long. A list knows the length of ended runs only. */
async function plannerEvents({ client }: RunningGrid): Promise<number> {
  let events = (await client.workflow.getHandle(PLANNER_ID).describe()).historyLength;
  for await (const { historyLength } of client.workflow.list({ query: `WorkflowId = '${PLANNER_ID}' AND ExecutionStatus != 'Running'` })) events += historyLength ?? 0;
  return events;
}
