import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './figure';
import { newHome, startGrid } from './support/grid';
import { temporalAlone } from './support/temporal_alone';

const TIMES = 3;
const LIMIT_S = 5;

/** From the user's command to the first answer, on a home that was used before. */
export const start: Bench = {
  name: 'start', embedded: true,
  run: async (site) => {
    const home = await newHome(site);
    await (await startGrid(site, home)).stop();
    const database = join(home.path, readdirSync(home.path).find((name) => name.endsWith('.db'))!);
    const tookS: number[] = [];
    const floorsS: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      const alone = await temporalAlone(site.temporal, database);
      floorsS.push(alone.answeredMs / 1000);
      await alone.stop();
      const grid = await startGrid(site, home, ['npm', 'start']);
      tookS.push(grid.readyMs / 1000);
      await grid.stop();
    }
    return [
      {
        what: 'npm start to the first 200 of /readyz', value: Math.max(...tookS), unit: 's', floor: Math.min(...floorsS), limit: LIMIT_S,
        note: `slowest of ${TIMES}; the floor is the Temporal server alone on the same file`,
      },
    ];
  },
};
