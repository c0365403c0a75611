import { startBare } from '../bare/start_bare';
import type { Bench } from '../figure';
import { bareInstall } from '../support/bare_agents';
import { newHome, startGrid, type RunningGrid } from '../support/grid';
import { install, uninstall } from '../support/services';
import { median } from '../support/statistics';

const SIZES = [{ instances: 1, times: 5 }, { instances: 20, times: 3 }];

/** An install until the service is installed, against its agents' bare starts side by side; each in turn, so that both meet the same machine. */
export const servicesInstall: Bench = {
  name: 'services/install',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    await startBare(site, grid);
    await installedMs(grid, 'warm');
    await bareInstall(grid, 1);
    const measured = [];
    for (const { instances, times } of SIZES) {
      const ours: number[] = [];
      const floors: number[] = [];
      for (let i = 0; i < times; i++) {
        site.tell(`install of ${instances}, ${i + 1} of ${times}`);
        floors.push(await bareInstall(grid, instances));
        ours.push(await installedMs(grid, `of${instances}-${i}`, instances));
      }
      measured.push({ instances, took: median(ours), floor: median(floors), times });
    }
    await grid.stop();
    return measured.flatMap(({ instances, took, floor, times }) => {
      const what = instances === 1 ? '1 instance on 1 agent' : `${instances} instances on ${instances} agents`;
      return [
        { what: `${what}: order to installed`, value: took / 1000, unit: 's' as const, floor: floor / 1000, note: `medians of ${times}; floor: slowest of so many bare starts` },
        { what: `${what}: ratio to the floor`, value: took / floor, unit: 'x' as const },
      ];
    });
  },
};

async function installedMs(grid: RunningGrid, name: string, instances = 1): Promise<number> {
  const orderedAt = Date.now();
  await install(grid, name, instances);
  const ms = Date.now() - orderedAt;
  await uninstall(grid, name);
  return ms;
}
