import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startGrid, type TestGrid } from '../support/grid';
import { read } from '../support/http';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);
const page = readFileSync(join(ROOT, 'docs/connector.md'), 'utf8');

let grid: TestGrid;
let listen: string;
let connector: ChildProcess;

beforeAll(async () => {
  grid = await startGrid();
  listen = `127.0.0.1:${await freePort()}`;
});
afterAll(async () => {
  connector?.kill('SIGINT');
  await grid.end();
});

/** Code blocks without a language: what a user pastes. */
const [serve = '', calls = '', look = ''] = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => !language).map(([, , block]) => block!);

/** As it stands on the page, but for where it listens; in the directory of the file that the page shows. */
const paste = async (text: string): Promise<string> => {
  const here = text.replace(/^grid /gm, `node ${join(ROOT, 'dist/grid.js')} `).replaceAll('127.0.0.1:7051', listen).replace(/^curl /gm, 'curl -sf ');
  return (await run('sh', ['-ec', here], { env: grid.env, cwd: grid.home })).stdout;
};

test('every sample of connector.md does what it says, in its order', async () => {
  writeFileSync(join(grid.home, 'services.py'), /^`services.py`\n\n```python\n([\s\S]*?)^```$/m.exec(page)![1]!);
  const words = serve.trim().split(' ').slice(1);
  connector = spawn(process.execPath, [join(ROOT, 'dist/grid.js'), ...words, '--listen', listen], { env: grid.env, cwd: grid.home, stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(connector.stdout!, 'data')) as [Buffer];
  expect(String(said)).toBe(`connector of compute host at http://${listen}, services defined: 1; Ctrl-C ends it, not what it runs\n`);

  const answers = await paste(calls);
  expect(answers).toMatch(/^\{"hello":\{"name":"hello",.*"environment":\{"GREETING":"hello"\}.*"web":\{"name":"web","image":"web:1".*\{"running_resources":3\}$/);
  expect((await fetch(`http://${listen}/service/web`).then((r) => r.json()))).toMatchObject({ image: 'web:2', command: 'sleep 7200' });

  const looked = await paste(look);
  expect(looked).toMatch(/connector--host--web--2 [\s\S]*\nhello\n/);
  const { machines } = await read(grid, '/api/v1/machines');
  expect(machines.filter((m: { owner: string }) => m.owner.startsWith('connector/')).map((m: { owner: string }) => m.owner).sort()).toEqual(['connector/hello', ...Array(3).fill('connector/web')]);

  connector.kill('SIGINT');
  expect(await once(connector, 'exit')).toEqual([0, null]);
});

test('the page names every option of the command, and every code of the client', async () => {
  const help = await paste('grid connector --help');
  for (const [option] of help.matchAll(/--(listen|compute|connector|name|services)\b/g)) expect(page).toContain(`\`${option}`);
  for (const code of ['connector_unreachable', 'connector_failed', 'outcome_unknown']) expect(page).toContain(`\`${code}\` (`);
});
