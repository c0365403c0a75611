import type { Bench } from '../figure';
import { newHome, startGrid, type RunningGrid } from '../support/grid';
import { agentOf, agentPid, agentsOf, install } from '../support/services';
import { median } from '../support/statistics';
import { until } from '../support/until';

const AGENTS = 20;
const TIMEOUT_S = 3;
const SLACK_S = 0.5;

/** From the stop of an agent's process to `Unreachable` in its document, for one agent after the other, while all the others work. */
export const servicesSilence: Bench = {
  name: 'services/silence',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site, { GRID_AGENT_TIMEOUT: `${TIMEOUT_S}s` }));
    site.tell(`installing ${AGENTS} instances`);
    await install(grid, 'silent', AGENTS);
    const took: number[] = [];
    for (const agent of await agentsOf(grid, 'silent')) {
      site.tell(`silence of agent ${agent}, ${took.length + 1} of ${AGENTS}`);
      took.push(await noticed(grid, agent));
    }
    await grid.stop();
    return [
      {
        what: `silent agent to Unreachable, worst of ${took.length}`, value: Math.max(...took), unit: 's', floor: TIMEOUT_S, limit: TIMEOUT_S + SLACK_S,
        note: `floor: GRID_AGENT_TIMEOUT, from the last beat; median ${median(took).toFixed(2)} s`,
      },
    ];
  },
};

/** The process is let go on as soon as it was noticed, so that it is never replaced. */
async function noticed(grid: RunningGrid, agent: number): Promise<number> {
  const isUnreachable = async () => (await agentOf(grid, agent)).conditions.some(({ type, status }) => type === 'Unreachable' && status);
  if (await isUnreachable()) throw new Error(`agent ${agent} is unreachable before it was stopped`);
  const pid = await agentPid(grid, agent);
  process.kill(pid, 'SIGSTOP');
  const stoppedAt = performance.now();
  try {
    await until(`the silence of agent ${agent}`, isUnreachable);
    return (performance.now() - stoppedAt) / 1000;
  } finally {
    process.kill(pid, 'SIGCONT');
    await until(`the return of agent ${agent}`, async () => !(await isUnreachable()));
  }
}
