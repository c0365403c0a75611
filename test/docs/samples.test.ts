import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openForeignConnector } from '../support/connectors';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, removeCompute, until } from '../support/http';
import { serviceOf, instanceOf, page as answerOf, untilPath } from '../support/services';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);
let grid: TestGrid;
let catalog: string;

beforeAll(async () => {
  catalog = mkdtempSync(join(tmpdir(), 'grid-catalog-'));
  cpSync(join(ROOT, 'catalog'), catalog, { recursive: true });
  for (const [path, text] of filesOf('docs/recipes.md')) {
    mkdirSync(dirname(join(catalog, path)), { recursive: true });
    writeFileSync(join(catalog, path), text);
  }
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: '2s', GRID_CATALOG: catalog } });
});
afterAll(async () => {
  await grid.end();
  rmSync(catalog, { recursive: true, force: true });
});

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const COMMAND = /^(npx grid |grid |curl .*http|temporal )/;

/** Code blocks of a page without a language. */
const blocksOf = (text: string): string[] => [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => !language).map(([, , block]) => block!);

/** The lines of a page's code blocks that are commands of a user, without their comments. */
function commandsOf(page: string, heading?: string): string[] {
  const text = read(page);
  const part = heading ? text.slice(text.indexOf(heading)) : text;
  const lines = blocksOf(part).flatMap((block) => block.split('\n'));
  return lines.map((l) => l.replace(/\s+# .*$/, '').trim()).filter((l) => COMMAND.test(l));
}

/** The code blocks of a page that a user would paste whole. */
const scriptsOf = (page: string): string[] => blocksOf(read(page)).filter((block) => /^(ETAG=\$\()?(grid|curl) /.test(block));

/** Files that a page shows, each under its path. */
const filesOf = (page: string): [string, string][] => [...read(page).matchAll(/^`((?:(?:recipes|servicetemplates)\/)?[\w./]+\.\w+)`\n\n```\w*\n([\s\S]*?)^```$/gm)].map(([, path, text]) => [path!, text!]);

/** As it stands on the page, but for where this grid listens; a shell reads it, as the user's would. */
async function paste(text: string): Promise<string> {
  const grid_ = `node ${join(ROOT, 'dist/grid.js')}`;
  const here = text.replace(/^(npx )?grid /gm, `${grid_} `).replaceAll('$(grid ', `$(${grid_} `).replaceAll('http://127.0.0.1:5000', grid.api).replace(/(^|\()curl /gm, '$1curl -sf ')
    .replace(/^temporal workflow update execute/, `temporal workflow update execute --address ${JSON.parse(readFileSync(join(grid.home, 'grid.json'), 'utf8')).temporalAddress}`);
  const { stdout } = await run('sh', ['-ec', here], { env: { ...grid.env, GRID_TOKENS: join(grid.home, 'tokens.json') }, cwd: ROOT });
  return stdout;
}

/** Waits until everything that was ordered is as it was ordered. */
async function settled(): Promise<void> {
  await untilPath(grid, '/services/deployment_planner/', (d) => !d.deployment_planning_required);
  await untilPath(grid, '/services/orchestrator/', (d) => d.differences.length === 0);
}

const progressOf = async (name: string): Promise<string> => (await serviceOf(grid, name)).progress;

test('the tour of the README works when it is pasted, line by line', async () => {
  await paste('grid launch reference/1.0.0 size=2');
  const lines = commandsOf('README.md', '## A tour');
  expect(lines.length).toBeGreaterThanOrEqual(22);
  for (const line of lines) {
    if (line.includes('destroy')) await until(grid, 'cluster/test/reference/1.0.0/1', (d) => d.operation === null);
    expect(`${line}\n${await paste(line)}`).not.toMatch(/error|usage:/i);
  }
  for (const number of [2, 3]) await destroyed(grid, `cluster/test/reference/1.0.0/${number}`);
  await until(grid, 'cluster/test/reference/1.0.0/1', (d) => d.state === 'destroyed');
  expect(await progressOf('webserver')).toBe('SERVICE_UNINSTALLED');
});

test('the first hour goes as its page says, block by block', async () => {
  const blocks = blocksOf(read('docs/first_hour.md'));
  expect(blocks.length).toBe(10);
  // The page counts from a new grid; what is to end with 3 has to.
  let number = '';
  const paste_ = async (block: string) => {
    const said = await paste(block.replaceAll('reference/1.0.0/2', `reference/1.0.0/${number}`).replace('endsWith("/2")', `endsWith("/${number}")`).replace(/ +# ends with 3:.*$/gm, ' || [ $? = 3 ]'));
    return number === '' ? (number = /reference\/1\.0\.0\/(\d+)/.exec(said)![1]!) : said;
  };
  const [launched = '', shown = ''] = blocks[0]!.split(/(?<=^grid launch.*\n)/m);
  await paste_(launched);
  const id = `cluster/test/reference/1.0.0/${number}`;
  expect(await paste_(shown)).toMatch(/ready[^]*place +done +1[^]*start_machines +done[^]*configure +done[^]*await_ready +done[^]*example1 +running/);
  const before = (await until(grid, id, (d) => d.operation === null)).nodes;
  await paste_(blocks[1]!);
  await until(grid, id, ({ state, conditions }) => state === 'ready' && conditions.some(({ type, reason }) => type === 'Degraded' && reason === 'node_lost'));
  // What is said of all that lives follows the document within a second.
  await untilPath(grid, '/api/v1/status', ({ waiting }) => waiting.some((one: { id: string }) => one.id === id));
  expect(await paste_(blocks[2]!)).toMatch(/1 lifecycle waits for a person[^]*Degraded[^]*ready/);
  const after = (await until(grid, id, (d) => d.operation === null)).nodes;
  expect(after.map(({ name, address, machine }) => [name, address, before.some((one) => one.machine === machine)])).toEqual([['example0', before[0]!.address, false], ['example1', before[1]!.address, true]]);

  expect(await paste_(blocks[3]!)).toMatch(/configure is blocked[^]*No such file[^]*grid retry lesson\/1\/1/);
  expect(await paste_(blocks[4]!)).toMatch(/ready/);
  await paste_(blocks[5]!);
  const { timeline, conditions, operations } = await until(grid, 'cluster/test/lesson/1/1', (d) => d.state === 'ready' && d.operation === null);
  expect([conditions, operations.map(({ kind, outcome }) => `${kind} ${outcome}`)]).toEqual([[], ['launch done', 'repair aborted', 'repair done']]);
  for (const reason of ['the key is there', 'the door is open']) expect(timeline.some(({ because }) => because?.includes(reason))).toBe(true);

  expect(await paste_(blocks[6]!)).toMatch(/instance\/shop\/2 /);
  expect(await paste_(blocks[7]!)).toMatch(/install of 1 service is done[^]*^grid +webserver +hour +\d+ RUNNING +8099$[^]*\n\w+ install grid__webserver__hour/m);
  expect(await paste_(blocks[8]!)).toMatch(/^AT +WHO [^]*lesson/);
  expect(await paste_(blocks[9]!)).toMatch(/reset of 1 service is done/);
  await until(grid, id, (d) => d.state === 'destroyed');
  expect(await progressOf('shop')).toBe('SERVICE_UNINSTALLED');
}, 300_000);

test('every sample of services.md does what it says, in its order', async () => {
  // The agent with the number of the page is the one that has the instance here.
  const agent = async () => (await instanceOf(grid, 'webserver', 0)).agent_id as string;
  const scripts = scriptsOf('docs/services.md');
  expect(scripts.length).toBe(8);
  const said: string[] = [];
  for (const script of scripts) {
    const here = said.length === 0 ? script : script.replaceAll(/(http:\/\/[\w.:]+)\/agents\/0\//g, `$1${new URL(await agent()).pathname}`);
    said.push(await paste(here));
    await settled();
  }
  const [cli = '', , documents = '', written = '', , computes = '', capacity = '', last = ''] = said;
  expect(cli).toMatch(/service\/webserver is SERVICE_INSTALLED[\s\S]*param\.message=hello[\s\S]*instance\/webserver\/1 INSTANCE_STARTED/);
  expect(documents).toMatch(/"progress":"SERVICE_INSTALLED"[\s\S]*"progress":"INSTANCE_STARTED"[\s\S]*"differences":\[\]/);
  expect(JSON.parse(written)).toMatchObject({ planned_number_of_instances: 2, instance_ids: [expect.anything(), expect.anything()] });
  expect(computes).toMatch(/small is defined[\s\S]*service\/there is SERVICE_INSTALLED[\s\S]*agent\/\d+ +1 [\s\S]*small is removed/);
  expect(capacity).toContain('"high_threshold":100');
  expect(last).toContain('SERVICE_UNINSTALLED');
  expect(await progressOf('web')).toBe('SERVICE_UNINSTALLED');
});

test('every sample of computes.md does what it says, in its order', async () => {
  const foreign = await openForeignConnector('later');
  try {
    const scripts = scriptsOf('docs/computes.md');
    expect(scripts.length).toBe(2);
    const [own = '', genisys = ''] = [await paste(scripts[0]!), await paste(scripts[1]!.replaceAll('http://localhost:7051', foreign.url))];
    expect(own).toMatch(/small is defined[\s\S]*small +ready +process[\s\S]*small is drained\nsmall is ready\nsmall is removed/);
    expect(genisys).toContain(`{"name":"localdc","connector":"${foreign.url}"}`);
    expect(genisys).toMatch(/"planned_number_of_instances":3[\s\S]*myService +2\/2[\s\S]*SERVICE_UNINSTALLED/);
    expect(foreign.running.get('myService')).toBe(0);
    expect(await removeCompute(grid, 'localdc')).toMatchObject({ status: 204 });
  } finally {
    await foreign.close();
  }
});

test('the recipe of recipes.md installs, serves its page, is measured and changed', async () => {
  expect(filesOf('docs/recipes.md').map(([path]) => path)).toEqual(['recipes/page/service.hrd', 'recipes/page/instance.hrd', 'recipes/page/actions.sh', 'recipes/page/server.js']);
  const lines = commandsOf('docs/recipes.md');
  expect(lines.map((line) => line.split(' ')[1])).toEqual(['install', 'show', 'update', 'uninstall']);
  for (const line of lines) {
    if (line.includes('uninstall')) expect(await answerOf(grid, 'page', 1)).toBe('<h1>Good-bye</h1>\n');
    await paste(line);
    if (!line.includes('install page -n')) continue;
    expect(await answerOf(grid, 'page', 0)).toBe('<h1>Hello</h1>\n');
    await untilPath(grid, '/services/page/instances/0/', (d) => d.requests > 0);
  }
  expect(await progressOf('page')).toBe('SERVICE_UNINSTALLED');
});

test('every sample of ays.md does what it says, in its order', async () => {
  const templates = join(catalog, 'templates');
  const git = (...argv: string[]) => run('git', ['-C', templates, '-c', 'user.name=t', '-c', 'user.email=t@t', ...argv]);
  mkdirSync(join(templates, 'apps/report'), { recursive: true });
  writeFileSync(join(templates, 'apps/report/service.hrd'), 'category = report\n');
  for (const words of ['init -q -b main', 'add -A', 'commit -qm first']) await git(...words.split(' '));
  for (const [path, text] of filesOf('docs/ays.md')) {
    mkdirSync(dirname(join(grid.home, 'environment', path)), { recursive: true });
    writeFileSync(join(grid.home, 'environment', path), text.replace('https://git.example.org/templates.git', `file://${templates}`));
  }
  const scripts = scriptsOf('docs/ays.md');
  expect(scripts.length).toBe(6);
  const said: string[] = [];
  for (const script of scripts) said.push(await paste(script));
  const [first = '', second = '', third = '', fourth = '', domains = '', fifth = ''] = said;
  expect(domains).toMatch(/mdupdate of 1 domain is done[^]*^acme +report$/m);
  expect(first).toMatch(/install of 2 services is done[^]*^shop +report +main$[^]*^grid +webserver +main +\d+ RUNNING +8080$[^]*\nSales of May\n$/m);
  expect(second).toMatch(/stop of 1 service is done[^]*start of 2 services is done[^]*restart of [^]*update of 1 service is done[^]*reset of 2 services is done[^]*\n\w+ reset [^]*\n\w+ install shop__report__main/);
  expect(third).toBe('what runs is what the model says\n'.repeat(2));
  expect(fourth).toMatch(/blueprint of 2 services is done|blueprint of 3 services is done[^]*reset of/);
  expect(fifth).toMatch(/install of 1 service is done[^]*\nLinux\n[^]*reset of 1 service is done/);
});

test('every sample of observe.md does what it says', async () => {
  const [metrics = '', ...others] = await Promise.all(scriptsOf('docs/observe.md').map(paste));
  expect(metrics).toMatch(/^grid_temporal_up 1$/m);
  expect(others).toEqual([]);
});

test('every sample of operate.md does what it says, in its order', async () => {
  await untilPath(grid, '/v1/service/', (rows) => rows.length >= 2);
  // Something that the audit has to tell of.
  await ask(grid, 'POST', '/api/v1/lifecycles/compute/none/pause');
  const [listed = '', tokens = '', plans = '', audit = '', top = '', quota = ''] = await Promise.all(scriptsOf('docs/operate.md').map(paste));
  expect(tokens).toMatch(/^grid_\S{43}\nTOKEN +ROLE [^]*\ncarol +operate +carol +good [^]*\ncarol is revoked$/m);
  expect(plans).toMatch(/^launch of reference\/1\.0\.0\/\d+: 2 to be created\nEFFECT [^]*^install of service\/front: 2 to be created$[^]*^apply of environment\/model: nothing would change$[^]*"verb":"launch"/m);
  expect(audit).toMatch(/^AT +WHO [^]*"audit":\[/);
  expect(quota).toMatch(/^OWNER +MACHINES +CPU +MEMORY MiB\ncarol +0\/3 +0\/2\.5 +0\/4096\n[^]*carol is not limited$/m);
  expect(top).toMatch(/^(WHO|nothing is used)[^]*"computes": \[/);
  expect(listed).toMatch(/^\| Name +\| Process Id \| Hostname +\| Created At +\|$/m);
  expect(listed).toMatch(/"Name": "ApiWorker worker\(0\)",\n +"Created At": "[^"]+"\n[^]*^ControlWorker worker\(\d\) +running [^]*\{"name":"ApiWorker worker\(0\)","hostname":"[^"]+","process":\d+,"created"/m);
});

test('what recipes.md quotes is in the catalog', () => {
  const catalogs = ['webserver/actions.js', 'webserver/service.hrd'].map((file) => read(`catalog/recipes/${file}`)).join('\n');
  const quoted = [...read('docs/recipes.md').matchAll(/From the catalog[^\n]*\n\n```js\n([\s\S]*?)```/g)].map(([, text]) => text!);
  expect(quoted.length).toBe(1);
  for (const text of quoted) expect(catalogs).toContain(text);
});

test('the three ways of a verb in recover.md have one effect', async () => {
  await ask(grid, 'PUT', '/bigdata/api/v1/products/reference/1.0.0/orquestrator', '#!/bin/sh\nexit 1\n', { 'content-type': 'text/plain' });
  const id = await launch(grid, 'reference/1.0.0', { size: 1 });
  let attempt = 1;
  for (const line of commandsOf('docs/recover.md').map((l) => l.replace('reference/1.0.0/1', id.split('/').slice(2).join('/')))) {
    await until(grid, id, (d) => d.steps.some((s) => s.state === 'blocked' && s.attempt === attempt));
    await paste(line);
    attempt += 1;
  }
  expect(attempt).toBe(4);
  await until(grid, id, (d) => d.steps.some((s) => s.state === 'blocked' && s.attempt === 4));
  await destroyed(grid, id);
});

test('the README names every variable of the configuration that does something, and no other', () => {
  const table = read('README.md').split('## Configuration')[1]!.split('\n## ')[0]!;
  const named = [...table.matchAll(/`((?:GRID_|TEMPORAL_|HOST_|LISTEN)\w*)`/g)].map(([, name]) => name!);
  const known = new Set([...read('config.ts').matchAll(/^ {2}((?:GRID_|TEMPORAL_|HOST_|LISTEN)\w*):/gm)].map(([, name]) => name!));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  // GRID_ID is told by the grid to its own processes; two more stand shortened beside the first of their kind.
  const elsewhere = ['GRID_ID', 'GRID_CAPACITY_COOLDOWN_IN', 'GRID_CAPACITY_STABILISATION'];
  expect([...known].filter((name) => !named.includes(name) && !elsewhere.includes(name))).toEqual([]);
});
