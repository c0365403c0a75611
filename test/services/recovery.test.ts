import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { verb, read } from '../support/http';
import { SILENCE_MS } from '../support/machine_ground';
import { byTheBook } from '../support/runbook';
import { agentNumber, install, installed, instanceOf, killMachine, page, post, processesOf, serviceOf, serviceUri, uninstall, uninstalled, untilPath } from '../support/services';
import { unreplayable } from '../support/replayed';

/** What goes wrong inside an instance stops that instance, with the evidence; a person mends it, and the rest runs on. */
let grid: TestGrid;
let catalog: string;
let mended = false;

/** Says to all machines whether a person has mended what is wrong: they may have no file in common with this test. */
const switchboard = createServer((_, response) => response.writeHead(mended ? 204 : 404).end());

/** A recipe whose actions do what the test says. */
function recipe(name: string, actions: string): void {
  const dir = join(catalog, 'recipes', name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'service.hrd'), `category = test\n\nprocess.1 =\n    cmd:sleep,\n    args:'100000',\n`);
  writeFileSync(join(dir, 'instance.hrd'), "param.colour = 'blue'\n");
  writeFileSync(join(dir, 'actions.sh'), `#!/bin/sh\n${actions}\n`);
}

beforeAll(async () => {
  catalog = mkdtempSync(join(tmpdir(), 'grid-test-'));
  cpSync(join(projectRoot(), 'catalog'), catalog, { recursive: true });
  switchboard.listen(0, '0.0.0.0');
  await once(switchboard, 'listening');
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: `${SILENCE_MS}ms`, GRID_CATALOG: catalog } });
  const url = `http://${grid.ground.hostAddress}:${(switchboard.address() as AddressInfo).port}/`;
  const isMended = `node -e "fetch('${url}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"`;
  recipe('broken', `case "$1" in configure) ${isMended} || { echo there is no licence >&2; exit 7; } ;; esac`);
  recipe('second', `case "$1" in configure) [ "$HRD_SERVICE_INSTANCE" != 1 ] || ${isMended} || { echo not this one >&2; exit 9; } ;; esac`);
  recipe('picky', `case "$1" in configure) [ "$HRD_INSTANCE_PARAM_COLOUR" != red ] || { echo red is not liked >&2; exit 3; } ;; esac`);
});
afterAll(async () => {
  await grid.end();
  switchboard.closeAllConnections();
  switchboard.close();
  rmSync(catalog, { recursive: true, force: true });
});
afterEach(async () => {
  mended = false;
  await audit(grid);
});

const mend = () => void (mended = true);
const lifecycle = (id: string, ready: (d: any) => boolean) => untilPath(grid, `/api/v1/lifecycles/${id}`, ready);
const blocked = (id: string) => lifecycle(id, (d) => d.conditions.some((c: any) => c.type === 'Blocked'));

async function gone(name: string): Promise<void> {
  await uninstall(grid, name);
  await uninstalled(grid, name);
  expect(labelled(grid.home)).toEqual([]);
}

test('an action that fails blocks its step with what it printed, its service says so, and retry goes on from there', async () => {
  await install(grid, 'broken', { recipe: 'broken' });
  const document = await blocked('instance/broken/0');
  const step = document.steps.find((s: any) => s.state === 'blocked');
  expect(step).toMatchObject({ name: 'install', retryable: true });
  expect(JSON.stringify(step.lastError)).toContain('there is no licence');
  await lifecycle('service/broken', (d) => /instance 0: blocked/.test(d.steps[0]?.waitingFor ?? ''));
  expect((await serviceOf(grid, 'broken')).progress).toBe('INSTALLING_SERVICE');
  expect(await byTheBook(grid, 'instance/broken/0', 'action_failed', ['retry'], { mend })).toContain('there is no licence');
  await installed(grid, 'broken', 1);
  const { tasks_history } = await instanceOf(grid, 'broken', 0);
  expect(tasks_history.some((t: any) => t.task === 'install_service_instance_task' && /licence|ended with 7/.test(t.failed ?? ''))).toBe(true);
  await gone('broken');
});

test('actions that cannot be loaded block the step; once the recipe is mended, an update of the service takes it', async () => {
  const actions = join(catalog, 'recipes/unloaded/actions.js');
  recipe('unloaded', 'exit 0');
  rmSync(actions.replace('.js', '.sh'));
  writeFileSync(actions, 'export const configure = (\n');
  await install(grid, 'unloaded', { recipe: 'unloaded' });
  await byTheBook(grid, 'instance/unloaded/0', 'broken_actions', ['update'], { mend: () => writeFileSync(actions, 'export const configure = () => {};\n') });
  await installed(grid, 'unloaded', 1);
  await gone('unloaded');
});

test('one instance that fails does not hold the other, and repair of the service begins it anew', async () => {
  await install(grid, 'second', { recipe: 'second', planned: 2 });
  await blocked('instance/second/1');
  await lifecycle('instance/second/0', (d) => d.state === 'INSTANCE_STARTED');
  mend();
  expect((await verb(grid, 'service/second', 'repair')).status).toBe(200);
  await installed(grid, 'second', 2);
  await gone('second');
});

test('a blocked install that is aborted leaves nothing behind', async () => {
  await install(grid, 'aborted', { recipe: 'broken' });
  await blocked('instance/aborted/0');
  expect((await verb(grid, 'service/aborted', 'abort')).status).toBe(200);
  await uninstalled(grid, 'aborted');
  expect(labelled(grid.home)).toEqual([]);
});

test('paused, an instance starts no further step until resume', async () => {
  await install(grid, 'paused', { recipe: 'broken' });
  await blocked('instance/paused/0');
  await verb(grid, 'instance/paused/0', 'pause');
  mend();
  await verb(grid, 'instance/paused/0', 'retry');
  await lifecycle('instance/paused/0', (d) => d.steps.some((s: any) => s.waitingFor === 'a person: resume'));
  await verb(grid, 'instance/paused/0', 'resume');
  await installed(grid, 'paused', 1);
  await gone('paused');
});

test('destroy of a service is its uninstall', async () => {
  await install(grid, 'destroyed');
  await installed(grid, 'destroyed', 1);
  expect((await verb(grid, 'service/destroyed', 'destroy')).status).toBe(200);
  await uninstalled(grid, 'destroyed');
  expect((await read(grid, '/services/deployment_planner/')).services).toEqual([]);
});

test('repair of an agent replaces its machine', async () => {
  await install(grid, 'moved');
  await installed(grid, 'moved', 1);
  const agent = agentNumber((await instanceOf(grid, 'moved', 0)).agent_id);
  expect((await verb(grid, `agent/${agent}`, 'repair')).status).toBe(200);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_machine_restarts === 1 && d.progress === 'AGENT_STARTED');
  await installed(grid, 'moved', 1);
  expect(await page(grid, 'moved', 0)).toContain('moved/0');
  await gone('moved');
});

describe('a rolling change', () => {
  const update = (name: string, fields: object) => post(grid, 'update_service_task', { service_id: serviceUri(name), ...fields });

  test('replaces instances a few at a time, never under the minimum, and what is new is served', async () => {
    await install(grid, 'rolling', { planned: 3, min: 2, max: 3 });
    await installed(grid, 'rolling', 3);
    let fewest = 3;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        const answers = await Promise.all([0, 1, 2].map((n) => page(grid, 'rolling', n).then(() => 1, () => 0)));
        fewest = Math.min(fewest, answers.filter(Boolean).length);
      }
    })();
    expect((await update('rolling', { data: { 'param.message': 'something new' } })).status).toBe(202);
    await lifecycle('service/rolling', (d) => d.state === 'SERVICE_INSTALLED' && d.instances.every((i: any) => i.generation === 2 && i.up));
    watching.abort();
    await watch;
    for (const n of [0, 1, 2]) expect(await page(grid, 'rolling', n)).toContain('something new');
    expect(fewest).toBeGreaterThanOrEqual(2);
    await gone('rolling');
  });

  test('stops at the first that fails, with the reason, and goes back to the generation before', async () => {
    await install(grid, 'picky', { recipe: 'picky', planned: 2, min: 1, max: 2, data: { 'param.colour': 'green' } });
    await installed(grid, 'picky', 2);
    const second = await processesOf(grid, 'picky', 1);
    await update('picky', { data: { 'param.colour': 'red' } });
    const document = await lifecycle('service/picky', (d) => d.steps.some((s: any) => s.name === 'replace_outdated' && s.state === 'blocked'));
    expect(document.steps.find((s: any) => s.state === 'blocked').lastError.message).toMatch(/instance 0 did not come up with generation 2/);
    expect(await processesOf(grid, 'picky', 1)).toEqual(second);
    expect((await update('picky', { rollback: true })).status).toBe(202);
    const back = await lifecycle('service/picky', (d) => d.state === 'SERVICE_INSTALLED' && d.generations.at(-1).number === 1 && d.instances.every((i: any) => i.up));
    expect(back.generations.at(-1).data).toMatchObject({ 'param.colour': 'green' });
    await update('picky', { data: { 'param.colour': 'red' } });
    await byTheBook(grid, 'service/picky', 'replacement_failed', ['abort']);
    await lifecycle('service/picky', (d) => d.state === 'SERVICE_INSTALLED' && d.generations.at(-1).data['param.colour'] === 'green' && d.instances.every((i: any) => i.up));
    await gone('picky');
  });

  test('that would go under the minimum is not begun, and says what to do', async () => {
    await install(grid, 'tight', { planned: 1, min: 1, max: 2 });
    await installed(grid, 'tight', 1);
    await update('tight', { data: { 'param.message': 'soon' } });
    await byTheBook(grid, 'service/tight', 'no_room_to_replace', ['scale'], { names: { 'webserver 3': 'tight 2' } });
    await lifecycle('service/tight', (d) => d.state === 'SERVICE_INSTALLED' && d.instances.length === 2 && d.instances.every((i: any) => i.generation === 2 && i.up));
    await gone('tight');
  });
});

test('a machine that dies while its instance is installed is replaced, and the install ends right', async () => {
  await install(grid, 'midway', { recipe: 'broken' });
  await blocked('instance/midway/0');
  const agent = agentNumber((await instanceOf(grid, 'midway', 0)).agent_id);
  mend();
  await killMachine(grid, agent);
  await installed(grid, 'midway', 1);
  await gone('midway');
});

test('everything that these lifecycles did would be done again by a worker that knows only their histories', async () => {
  expect(await unreplayable(grid)).toEqual([]);
});
