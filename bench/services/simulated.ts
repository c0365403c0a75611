import { setTimeout as sleep } from 'node:timers/promises';
import { startBare } from '../bare/start_bare';
import type { Bench } from '../figure';
import { bareInstall, nextBareAgent } from '../support/bare_agents';
import { cpuShares, residentMb } from '../support/proc';
import type { RunningGrid } from '../support/grid';
import { serviceId } from '../../model/ids';
import { agentsOf, eventsOf, install } from '../support/services';
import { SIMULATED, startSimulatedAgents, startSimulatedGrid } from '../support/simulated';

const INSTANCES = 200;
const NAME = 'many';
const SETTLE_MS = 5_000;
const WATCH_MS = 20_000;

/** An install of many instances where machines cost nothing: what planners, workflows and steps take by themselves. */
export const servicesSimulated: Bench = {
  name: 'services/simulated',
  run: async (site) => {
    const grid = await startSimulatedGrid(site);
    site.tell(`${INSTANCES} bare agents that are records`);
    await startBare(site, grid, SIMULATED);
    const end = await startSimulatedAgents(site, grid, nextBareAgent(), INSTANCES + 1);
    await bareInstall(grid, 1);
    const floor = await bareInstall(grid, INSTANCES);
    await end();
    const endAgents = await startSimulatedAgents(site, grid, 0, INSTANCES + 1);
    await install(grid, 'warm', 1);
    const control = grid.pidOf('control');
    const before = residentMb(control);
    site.tell(`install of ${INSTANCES} instances on agents that are records`);
    const orderedAt = performance.now();
    await install(grid, NAME, INSTANCES);
    const took = performance.now() - orderedAt;
    const after = residentMb(control);
    const events = await eventsOfAll(grid);
    await sleep(SETTLE_MS);
    const [ours, temporal] = await cpuShares([control, grid.pidOf('temporal')], WATCH_MS);
    await endAgents();
    await grid.stop();
    return [
      { what: `${INSTANCES} simulated: order to installed`, value: took / 1000, unit: 's', floor: floor / 1000, note: 'floor: the same activities in bare workflows, side by side' },
      { what: `${INSTANCES} simulated: ratio to the floor`, value: took / floor, unit: 'x' },
      { what: `${INSTANCES} simulated: events per instance`, value: events / INSTANCES, unit: 'events', note: 'histories of service, agents and instances' },
      { what: `${INSTANCES} simulated: resident: control`, value: after, unit: 'MB', floor: before, note: 'after the install; floor: before it' },
      { what: `${INSTANCES} simulated: cpu of control, idle`, value: ours!, unit: '%', note: 'of one core' },
      { what: `${INSTANCES} simulated: cpu of Temporal, idle`, value: temporal!, unit: '%', note: `of one core; it takes ${INSTANCES} beats a second` },
    ];
  },
};

async function eventsOfAll(grid: RunningGrid): Promise<number> {
  let { historyLength: events } = await grid.client.workflow.getHandle(serviceId(NAME)).describe();
  for (const [instance, agent] of (await agentsOf(grid, NAME)).entries()) events += await eventsOf(grid, agent, NAME, instance);
  return events;
}
