import { readFileSync } from 'node:fs';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { verb } from '../support/http';
import { SILENCE_MS } from '../support/machine_ground';
import { byTheBook } from '../support/runbook';
import { agentNumber, expectInstances, install, installed, instanceOf, killAgent, page, pidOfAgent, processesOf, uninstall, uninstalled, untilPath } from '../support/services';

/** What the grid makes of silence: of one agent, of many, and of its own. */
let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: `${SILENCE_MS}ms` } });
});
afterEach(() => audit(grid));
afterAll(() => grid.end());

const lifecycle = (id: string, ready: (d: any) => boolean, withinMs?: number) => untilPath(grid, `/api/v1/lifecycles/${id}`, ready, withinMs);
const agentOfInstance = async (name: string, n: number) => agentNumber((await instanceOf(grid, name, n)).agent_id);
const none = { agent: 0, machine: 0 };

async function gone(name: string): Promise<void> {
  await uninstall(grid, name);
  await uninstalled(grid, name);
  expect(labelled(grid.home)).toEqual([]);
}

test('T9: API, control worker and Temporal are killed together: nothing is restarted, nothing is asked for twice', async () => {
  await install(grid, 't9');
  await installed(grid, 't9', 1);
  const before = await processesOf(grid, 't9', 0);
  for (const victim of ['api', 'control', 'temporal'] as const) process.kill(grid.pidOf(victim), 'SIGKILL');
  await installed(grid, 't9', 1);
  await expectInstances(grid, 't9', [none]);
  expect(await processesOf(grid, 't9', 0)).toEqual(before);
  await gone('t9');
});

test('T10: an agent is killed, then all of management: the counters say so, the instances run on', async () => {
  await install(grid, 't10', { planned: 2 });
  await installed(grid, 't10', 2);
  const before = [await processesOf(grid, 't10', 0), await processesOf(grid, 't10', 1)];
  const second = await agentOfInstance('t10', 1);
  await killAgent(grid, second);
  await untilPath(grid, `/agents/${second}/`, (d) => d.number_of_agent_restarts === 1);
  for (const victim of ['api', 'control', 'temporal'] as const) process.kill(grid.pidOf(victim), 'SIGKILL');
  await installed(grid, 't10', 2);
  await expectInstances(grid, 't10', [none, { agent: 1, machine: 0 }]);
  expect([await processesOf(grid, 't10', 0), await processesOf(grid, 't10', 1)]).toEqual(before);
  await gone('t10');
});

test('the control plane away for longer than the agent timeout: no instance is restarted when it comes back', async () => {
  await install(grid, 'away', { planned: 2 });
  await installed(grid, 'away', 2);
  const before = [await processesOf(grid, 'away', 0), await processesOf(grid, 'away', 1)];
  // Stopped, not killed: or it would be back before its absence is felt.
  const stopped = (['control', 'temporal'] as const).map((name) => grid.pidOf(name));
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  await new Promise((r) => setTimeout(r, 2.5 * SILENCE_MS));
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
  await lifecycle('service/away', (d) => d.state === 'SERVICE_INSTALLED' && d.operation === null && d.conditions.length === 0);
  // Everything that the silence of the meantime could still set off is over by then.
  await new Promise((r) => setTimeout(r, 2 * SILENCE_MS));
  await lifecycle('service/away', (d) => d.state === 'SERVICE_INSTALLED' && d.conditions.length === 0);
  await expectInstances(grid, 'away', [none, none]);
  expect([await processesOf(grid, 'away', 0), await processesOf(grid, 'away', 1)]).toEqual(before);
  await gone('away');
});

test('an agent that hangs is noticed within its timeout, told as unreachable, and its machine replaced', async () => {
  await install(grid, 'hangs');
  await installed(grid, 'hangs', 1);
  const agent = await agentOfInstance('hangs', 0);
  process.kill(await pidOfAgent(grid, agent), 'SIGSTOP');
  const stoppedAt = Date.now();
  const silent = await lifecycle(`agent/${agent}`, (d) => d.silence !== null);
  expect(Date.parse(silent.silence.since) - stoppedAt).toBeLessThan(SILENCE_MS + 500);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_machine_restarts === 1 && d.progress === 'AGENT_STARTED');
  await installed(grid, 'hangs', 1);
  expect(await page(grid, 'hangs', 0)).toContain('hangs/0');
  await gone('hangs');
});

test('more than half of four agents silent at once: we suspect ourselves, say so, replace nothing, and go on when they are back', async () => {
  await install(grid, 'many', { planned: 4, min: 1, max: 4 });
  await installed(grid, 'many', 4);
  const agents = await Promise.all([0, 1, 2, 3].map((n) => agentOfInstance('many', n)));
  const pids = await Promise.all(agents.slice(0, 3).map((agent) => pidOfAgent(grid, agent)));
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  for (const agent of agents.slice(0, 3)) await lifecycle(`agent/${agent}`, (d) => d.conditions.some((c: any) => c.reason === 'suspect_ourselves'));
  const degraded = await lifecycle('service/many', (d) => d.conditions.some((c: any) => c.type === 'Degraded'));
  expect(degraded.conditions.find((c: any) => c.type === 'Degraded').message).toMatch(/suspect|silent/);
  expect(await byTheBook(grid, 'instance/many/0', 'agent_silent', [])).toContain(`agent/${agents[0]}`);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  await lifecycle('service/many', (d) => d.state === 'SERVICE_INSTALLED' && d.conditions.length === 0);
  for (const n of [0, 1, 2, 3]) await lifecycle(`instance/many/${n}`, (d) => d.conditions.length === 0);
  await expectInstances(grid, 'many', [none, none, none, none]);
  await gone('many');
});

test('a suspected agent that a person repairs is replaced at once', async () => {
  await install(grid, 'person', { planned: 4, min: 1, max: 4 });
  await installed(grid, 'person', 4);
  const agents = await Promise.all([0, 1, 2, 3].map((n) => agentOfInstance('person', n)));
  const pids = await Promise.all(agents.slice(0, 3).map((agent) => pidOfAgent(grid, agent)));
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  expect(await byTheBook(grid, `agent/${agents[0]}`, 'suspect_ourselves', ['repair'])).toContain(`agent/${agents[0]}`);
  await untilPath(grid, `/agents/${agents[0]}/`, (d) => d.number_of_machine_restarts === 1 && d.progress === 'AGENT_STARTED');
  for (const pid of pids.slice(1)) process.kill(pid, 'SIGCONT');
  await lifecycle('service/person', (d) => d.state === 'SERVICE_INSTALLED' && d.conditions.length === 0);
  await gone('person');
});

test('what a person destroyed is told as such, and repair of the service brings it back', async () => {
  await install(grid, 'taken', { planned: 2 });
  await installed(grid, 'taken', 2);
  await verb(grid, 'instance/taken/1', 'destroy');
  await lifecycle('service/taken', (d) => /instance 1 was taken down/.test(d.steps[0]?.waitingFor ?? ''));
  expect((await verb(grid, 'service/taken', 'repair')).status).toBe(200);
  await installed(grid, 'taken', 2);
  expect(await page(grid, 'taken', 1)).toContain('taken/1');
  const agent = await agentOfInstance('taken', 0);
  await verb(grid, `agent/${agent}`, 'destroy');
  await untilPath(grid, `/agents/${agent}/`, (d) => d.progress === 'MACHINE_TERMINATED');
  await lifecycle('service/taken', (d) => d.state === 'INSTALLING_SERVICE' && !d.agents.includes(agent));
  await verb(grid, 'service/taken', 'repair');
  await installed(grid, 'taken', 2);
  expect(await page(grid, 'taken', 0)).toContain('taken/0');
  await gone('taken');
});

test('T17: a machine that comes up with an agent that never says a word is recycled', async () => {
  await install(grid, 'zombie');
  const pid = await silenced();
  const { agent } = await lifecycle('instance/zombie/0', () => true);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_machine_restarts === 1 && d.progress === 'AGENT_STARTED');
  await installed(grid, 'zombie', 1);
  await expectInstances(grid, 'zombie', [{ agent: 0, machine: 1 }].map((c) => ({ ...c, startedAgents: 1 })));
  expect(labelled(grid.home)).not.toContain(pid);
  await gone('zombie');
});

/** Stops the next agent before it can speak. */
async function silenced(): Promise<number> {
  const before = new Set(labelled(grid.home));
  for (;;) {
    const found = labelled(grid.home).find((pid) => !before.has(pid) && isAgent(pid));
    if (found) {
      process.kill(found, 'SIGSTOP');
      return found;
    }
    await new Promise((r) => setTimeout(r, 10));
  }
}

const isAgent = (pid: number): boolean => {
  try {
    return /^[^\0]*node\0.*agent\.js/s.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
};
