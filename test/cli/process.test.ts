import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { summaryOf, reachedReady } from '../support/cli_documents';
import { grid } from '../support/cli';
import { recordedGrid, type RecordedGrid } from '../support/recorded_grid';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
let dir: string;
let server: RecordedGrid;

/** The bundle as `grid` runs it, with what it loads written to LOADED at its end. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'grid-cli-'));
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  buildSync({ absWorkingDir: ROOT, entryPoints: ['cli/grid.ts'], outfile: join(dir, 'grid.js'), bundle: true, platform: 'node', target: 'node20', format: 'cjs', packages: 'external', logLevel: 'error' });
  writeFileSync(join(dir, 'loaded.cjs'), `process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify(Object.keys(require.cache)) + '\\n'));`);
  const clusters = Array.from({ length: 2_000 }, (_, i) => summaryOf(reachedReady(1, i + 1)));
  server = await recordedGrid({ 'GET /api/v1/lifecycles': { body: { lifecycles: clusters, next: null } }, 'POST /api/v1/machines/m/exec': { body: { exit: 9, signal: null, stdout: 'hi\n', stderr: '', truncated: false, timedOut: false } } });
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

const environment = () => ({ PATH: process.env.PATH, HOME: dir, GRID_API: server.api });

test('a command that scripts run for each node loads commander and colours, and nothing of the server', async () => {
  const ended = await run(process.execPath, ['--require', join(dir, 'loaded.cjs'), join(dir, 'grid.js'), 'exec', 'm', '--', 'true'], { env: environment() }).catch((error: { code: number; stdout: string; stderr: string }) => error);
  expect(ended).toMatchObject({ code: 9, stdout: 'hi\n' });
  const loaded = JSON.parse(/LOADED (.*)/.exec(ended.stderr)![1]!) as string[];
  const packages = new Set(loaded.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
  expect([...packages].sort()).toEqual(['commander', 'picocolors']);
});

test('the exit code is that of the process, and a reader that has seen enough is no error', async () => {
  const piped = await run('/bin/bash', ['-o', 'pipefail', '-c', `"${process.execPath}" "${dir}/grid.js" clusters | head -1`], { env: environment() });
  expect(piped.stderr).toBe('');
  expect(piped.stdout).toMatch(/^CLUSTER +STATE/);
});

test('bash completes commands, their commands and their options', async () => {
  const { stdout: script } = await grid(['completion', 'bash']);
  writeFileSync(join(dir, 'completion.bash'), script);
  const complete = (...words: string[]) =>
    execFileSync('/bin/bash', ['-c', `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _grid; printf '%s\\n' "\${COMPREPLY[@]}"`, join(dir, 'completion.bash'), 'grid', ...words], { encoding: 'utf8' }).trim().split('\n');
  expect(complete('laun')).toEqual(['launch']);
  expect(complete('re').sort()).toEqual(['repair', 'resume', 'retry']);
  expect(complete('role', '')).toEqual(expect.arrayContaining(['set', '--help']));
  expect(complete('role', 'set', '--cl')).toEqual(['--cluster']);
  expect(complete('launch', 'reference/1.0.0', '--no')).toEqual(['--no-wait']);
  expect(complete('retry', '--st')).toEqual(['--step']);
  expect(complete('destroy', '--st')).toEqual(['']);
});

test('zsh and fish get every command and option with its description', async () => {
  const zsh = (await grid(['completion', 'zsh'])).stdout;
  expect(zsh).toMatch(/^#compdef grid\n/);
  expect(zsh).toContain(`'launch:launch a cluster of a product and follow it until it is ready'`);
  expect(zsh).toContain(`'--compute:where to launch it; see  grid computes '`);
  const fish = (await grid(['completion', 'fish'])).stdout;
  expect(fish).toContain(`complete -c grid -n '__fish_use_subcommand' -a 'launch' -d 'launch a cluster of a product and follow it until it is ready'`);
  expect(fish).toContain(`complete -c grid -n '__fish_seen_subcommand_from launch' -l compute`);
});
