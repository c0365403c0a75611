import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, until } from '../support/http';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);
let grid: TestGrid;

beforeAll(async () => {
  grid = await startGrid();
}, 90_000);
afterAll(() => grid.end());

/** The lines of a page's code blocks that are commands of a user, without their comments. */
function commandsOf(page: string, heading?: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const part = heading ? text.slice(text.indexOf(heading)) : text;
  const blocks = [...part.matchAll(/```\n([\s\S]*?)```/g)].flatMap((m) => m[1]!.split('\n'));
  return blocks.map((l) => l.replace(/\s+# .*$/, '').trim()).filter((l) => /^(npx grid |grid |curl .*http|temporal )/.test(l));
}

/** As it stands on the page, but for where this grid listens; a shell reads it, as the user's would. */
async function paste(line: string): Promise<string> {
  const grid_ = `node ${join(ROOT, 'dist/grid.js')}`;
  const here = line.replace(/^(npx )?grid /, `${grid_} `).replaceAll('http://127.0.0.1:5000', grid.api).replace(/^curl /, 'curl -sf ')
    .replace(/^temporal workflow update execute/, `temporal workflow update execute --address ${JSON.parse(readFileSync(join(grid.home, 'grid.json'), 'utf8')).temporalAddress}`);
  const { stdout } = await run('sh', ['-c', here], { env: grid.env, cwd: ROOT });
  return stdout;
}

test('the tour of the README works when it is pasted, line by line', async () => {
  await paste('grid launch reference/1.0.0 size=2');
  const lines = commandsOf('README.md', '## A tour');
  expect(lines.length).toBeGreaterThanOrEqual(11);
  for (const line of lines) {
    if (line.includes('destroy')) await until(grid, 'cluster/test/reference/1.0.0/1', (d) => d.operation === null);
    expect(`${line}\n${await paste(line)}`).not.toMatch(/error|usage:/i);
  }
  for (const number of [2, 3]) await destroyed(grid, `cluster/test/reference/1.0.0/${number}`);
  await until(grid, 'cluster/test/reference/1.0.0/1', (d) => d.state === 'destroyed');
}, 120_000);

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
}, 90_000);

test('every reason a step of ours can be blocked with is in recover.md', () => {
  const page = readFileSync(join(ROOT, 'docs/recover.md'), 'utf8');
  for (const code of ['no_capacity', 'does_not_fit', 'compute_not_found', 'node_lost', 'script_failed', 'interpreter_missing', 'unknown_script', 'no_place_for_script', 'not_ready', 'timed_out', 'step_failed']) expect(page).toContain(`\`${code}\``);
});
