import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../config';
import { provisionTemporal } from '../../cli/up/provision_temporal';
import { startGrid, type TestGrid } from '../support/grid';

const SCHEMATHESIS = '4.32.5';
const HERE = join(projectRoot(), 'test/fuzz');
/** Streams have no end. */
const STREAMS = 'events$';
/** The first requests make it as large as it gets. */
const WARM = 0.2;
const MOST_GROWTH_MIB = 64;
const ANSWER_MS = 10_000;
const MOST_ROUNDS = 30;

/**
 * Fuzzes a grid of its own until it was asked so often. It fails on 500, on an error that is no problem document (hooks.py), when
 * the API grows, and when it does not answer somebody else meanwhile.
 */
export async function fuzz(requests: number): Promise<boolean> {
  const python = await tools();
  const scratch = mkdtempSync(join(tmpdir(), 'grid-fuzz-'));
  const binary = await provisionTemporal(scratch, process.env, (line) => console.log(line), new AbortController().signal);
  process.env['GRID_TEST_TEMPORAL_BIN'] = binary;
  const grid = await startGrid({ env: { DOCKER_HOST: 'unix:///nonexistent' } });
  const done = new AbortController();
  const count = join(scratch, 'count');
  const asked = () => (existsSync(count) ? readFileSync(count).length : 0);
  const failures: string[] = [];
  const seen = lookMeanwhile(grid, () => asked() >= requests * WARM, done.signal);
  try {
    for (let round = 0; round < MOST_ROUNDS && asked() < requests && failures.length === 0; round++) {
      const seed = Date.now() % 2 ** 31;
      const code = await schemathesis(python, grid, { seed, count, examples: Math.min(200, Math.max(5, Math.ceil((requests - asked()) / 60))) });
      if (code !== 0) failures.push(`schemathesis with the seed ${seed} ended with ${code}`);
      console.log(`asked ${asked()} times; the API has ${residentMiB(grid)} MiB`);
    }
    if (asked() < requests && failures.length === 0) failures.push(`only ${asked()} requests were made`);
  } finally {
    done.abort();
    const { unanswered, warmMiB = Infinity } = await seen;
    failures.push(...unanswered);
    const nowMiB = residentMiB(grid);
    console.log(`the API had ${warmMiB} MiB when it had been asked ${Math.round(requests * WARM)} times, and has ${nowMiB} MiB`);
    if (nowMiB - warmMiB > MOST_GROWTH_MIB) failures.push(`the API has grown by ${nowMiB - warmMiB} MiB`);
    await grid.end();
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const failure of failures) console.log(`failed: ${failure}`);
  return failures.length === 0;
}

/** From PyPI, in an environment of its own, made once. */
async function tools(): Promise<string> {
  const at = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'service-grid', `fuzz-${SCHEMATHESIS}`);
  if (!existsSync(join(at, 'bin/schemathesis'))) {
    await run('python3', ['-m', 'venv', at]);
    await run(join(at, 'bin/pip'), ['install', '-q', `schemathesis==${SCHEMATHESIS}`]);
  }
  return join(at, 'bin');
}

async function run(command: string, words: string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const [code] = await once(spawn(command, words, { stdio: 'inherit', env }), 'exit');
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}`);
}

async function schemathesis(bin: string, grid: TestGrid, { seed, count, examples }: { seed: number; count: string; examples: number }): Promise<number> {
  const words = [
    'run', `${grid.api}/openapi.json`, '--phases', 'coverage,fuzzing', '--checks', 'answers_well', '--mode', 'all', '--exclude-path-regex', STREAMS, '--max-examples', String(examples),
    '--seed', String(seed), '--request-timeout', '60', '--suppress-health-check', 'all', '--generation-database', 'none', '--workers', '2', '--warnings', 'off',
  ];
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}`, PYTHONPATH: HERE, SCHEMATHESIS_HOOKS: 'hooks', GRID_FUZZ_COUNT: count };
  // It leaves what it remembers where it is started.
  const [code] = await once(spawn(join(bin, 'schemathesis'), words, { stdio: 'inherit', env, cwd: dirname(count) }), 'exit');
  return (code as number | null) ?? -1;
}

const residentMiB = (grid: TestGrid): number => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${grid.pidOf('api')}/status`, 'utf8'))![1]) / 1024);

/** Somebody else asks once a second, and is answered; says how large the API was once it was warm. */
async function lookMeanwhile(grid: TestGrid, isWarm: () => boolean, done: AbortSignal): Promise<{ unanswered: string[]; warmMiB?: number }> {
  const unanswered: string[] = [];
  let warmMiB: number | undefined;
  while (!done.aborted) {
    const status = await fetch(`${grid.api}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS) }).then((answer) => answer.status, (error: Error) => error.name);
    if (status !== 200 && !done.aborted) unanswered.push(`/healthz was answered ${status} meanwhile`);
    if (isWarm()) warmMiB ??= residentMiB(grid);
    await delay(1_000, undefined, { signal: done }).catch(() => undefined);
  }
  return { unanswered: unanswered.slice(0, 5), warmMiB };
}
