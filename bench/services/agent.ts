import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../figure';
import { bareNode } from '../support/bare_node';
import { newHome, startGrid, type RunningGrid } from '../support/grid';
import { cpuShares, ownMb, residentMb } from '../support/proc';
import { agentOf, agentPid, agentsOf, eventsOf, install } from '../support/services';
import { until } from '../support/until';

const AGENTS = 2;
const NAME = 'idle';
/** What it does when it has just begun is not idling yet. */
const SETTLE_MS = 30_000;
const WATCH_MS = 30_000;
const TOLD_MS = 5_000;
const HOURS_OF_WATCH = 12;
const HOUR_MS = 3_600_000;

/** What an agent with one instance takes while nothing happens: the worst of some, at the timeout that users have. */
export const servicesAgent: Bench = {
  name: 'services/agent',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    await install(grid, NAME, AGENTS);
    const agents = await agentsOf(grid, NAME);
    const pids = await Promise.all(agents.map((agent) => agentPid(grid, agent)));
    const node = await bareNode();
    site.tell(`watching idle agents for ${(SETTLE_MS + WATCH_MS) / 1000} s`);
    await sleep(SETTLE_MS);
    const events = () => Promise.all(agents.map((agent, i) => eventsOf(grid, agent, NAME, i)));
    const [before, since] = [await events(), performance.now()];
    const shares = await cpuShares(pids, WATCH_MS);
    const [after, hours] = [await events(), (performance.now() - since) / HOUR_MS];
    const idleEvents = Math.max(...after.map((length, i) => length - before[i]!)) / hours;
    const mb = Math.max(...pids.map(residentMb));
    const own = Math.max(...pids.map(ownMb));
    site.tell('an agent is silent and comes back, as at the end of a watch');
    const ofRenewal = await renewalEvents(grid, agents[0]!);
    await grid.stop();
    return [
      { what: 'resident: agent with 1 instance', value: mb, unit: 'MB', floor: node.mb, limit: 100, note: `worst of ${AGENTS}; floor: Node alone` },
      { what: 'own part of it', value: own, unit: 'MB', floor: node.ownMb, limit: 45, note: 'RssAnon' },
      { what: 'cpu of an idle agent', value: Math.max(...shares), unit: '%', limit: 0.5, note: `of one core, over ${WATCH_MS / 1000} s, with 1 instance` },
      {
        what: 'history events per agent and hour', value: idleEvents + ofRenewal / HOURS_OF_WATCH, unit: 'events', limit: 20,
        note: `${idleEvents.toFixed(1)} idle, ${ofRenewal} each time its watch is renewed (${HOURS_OF_WATCH} h); with its instance`,
      },
    ];
  },
};

/** A watch that ends and one of a silent agent that comes back are gone through alike. */
async function renewalEvents(grid: RunningGrid, agent: number): Promise<number> {
  const pid = await agentPid(grid, agent);
  const isSilent = async () => (await agentOf(grid, agent)).conditions.some(({ type, status }) => type === 'Unreachable' && status);
  const before = await eventsOf(grid, agent, NAME, 0);
  process.kill(pid, 'SIGSTOP');
  await until('the silence of the agent', isSilent).finally(() => process.kill(pid, 'SIGCONT'));
  await until('the return of the agent', async () => !(await isSilent()));
  await sleep(TOLD_MS);
  return (await eventsOf(grid, agent, NAME, 0)) - before;
}
