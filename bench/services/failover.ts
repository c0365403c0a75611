import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { startBare } from '../bare/start_bare';
import { closedAt } from '../bare/closed';
import type { Bench } from '../figure';
import type { Machine } from '../../model/machine';
import { connectorOf, startBareAgents, stopBareAgents } from '../support/bare_agents';
import { newHome, startGrid, type RunningGrid } from '../support/grid';
import { agentOf, agentsOf, install, PORT, uninstall } from '../support/services';
import { median } from '../support/statistics';
import { until } from '../support/until';

const TIMES = 5;
const NAME = 'killed';

/** `kill -9` of a machine until its service answers again from another one; each beside its bare parts. */
export const servicesFailover: Bench = {
  name: 'services/failover',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    await startBare(site, grid);
    const ours: number[] = [];
    const floors: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      site.tell(`failover ${i + 1} of ${TIMES}`);
      floors.push(await bareFailover(grid));
      ours.push(await failover(grid));
    }
    await grid.stop();
    const [took, floor] = [median(ours), median(floors)];
    return [
      { what: 'killed machine to answering again', value: took / 1000, unit: 's', floor: floor / 1000, note: `medians of ${TIMES}; floor: its bare parts in turn` },
      { what: 'killed machine: ratio to the floor', value: took / floor, unit: 'x' },
    ];
  },
};

async function failover(grid: RunningGrid): Promise<number> {
  await install(grid, NAME, 1);
  const [agent = 0] = await agentsOf(grid, NAME);
  const { ref, generation } = await agentOf(grid, agent);
  process.kill(-Number(ref.pgid), 'SIGKILL');
  const killedAt = performance.now();
  await until('the answer of another machine', async () => {
    const now = await agentOf(grid, agent);
    const address = now.place?.allocation.networks[0]?.address;
    return now.generation > generation && address !== undefined && (await page(address)).startsWith(NAME);
  });
  const ms = performance.now() - killedAt;
  await uninstall(grid, NAME);
  return ms;
}

/** What the service answers, or nothing. */
const page = (host: string) =>
  new Promise<string>((resolve) => {
    get({ host, port: PORT, agent: false, timeout: 1_000 }, (response) => resolve(text(response))).once('error', () => resolve(''));
  });

async function bareFailover(grid: RunningGrid): Promise<number> {
  const connector = await connectorOf(grid);
  const { handles } = await startBareAgents(grid, 'bareFailover', 1, connector);
  const [handle] = handles;
  const { ref } = await until('a bare agent', async () => (await handle!.query<Machine | null>('up')) ?? undefined);
  process.kill(-Number(ref.pgid), 'SIGKILL');
  const killedAt = Date.now();
  const ms = (await closedAt(handle!)) - killedAt;
  await stopBareAgents(grid, handles, connector);
  return ms;
}
