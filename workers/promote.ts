import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, NativeConnection, Runtime, type ReplayWorkerOptions } from '@temporalio/worker';
import { projectRoot, readConfig } from '../config';
import { inWords, problem } from '../model/errors';
import { raise } from '../model/raise';
import { dataConverterOf } from '../process/codec/data_converter';
import { buildOf, codeOf, currentOf, FAILED_PRECONDITION, makeCurrent, NOT_FOUND } from './deployment';
import { livingHistories } from './living_histories';
import { replayErrors, wordsOf } from './replay_errors';
import { setBack } from './set_back';
import { workflowBundle } from './workflow_bundle';

/** So many of each kind, the newest first: what a kind does is in those. */
const OF_EACH_KIND = 20;
const SAY_EVERY_MS = 5_000;
const NAMED = 5;
const BACK = '--back';
const ONLY_OURS = 0o600;

/**
 * `npm run promote [-- build]`: has the build of this tree run all lifecycles, once it went through what those that are there
 * lived through. A named build is taken as it is: it is the way back. `npm run promote -- --back` is the way back to the build of this tree
 * with what a wrong one did meanwhile: whatever does not go on with this one is set back.
 */
async function main([asked]: string[]): Promise<void> {
  const config = readConfig();
  if (asked !== BACK && !config.deployment) raise(problem(400, 'wrong_configuration', 'GRID_DEPLOYMENT is not set: control workers have no versions', 'Set it for control workers and here to the same name, e.g. GRID_DEPLOYMENT=grid.', { field: 'GRID_DEPLOYMENT' }));
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } } });
  // Without a connection of its own the runtime would be gone with the first worker that goes through something, and the next would tell of itself.
  const held = await NativeConnection.connect(config.temporal.connection);
  const connection = await Connection.connect(config.temporal.connection);
  try {
    const dataConverter = dataConverterOf(connection, config.temporal);
    const client = new Client({ connection, namespace: config.temporal.namespace, dataConverter });
    const dist = join(projectRoot(), 'dist');
    const worker = { workflowBundle: workflowBundle(join(dist, 'workflow-bundle.js'), config.temporal.codecKeys), dataConverter };
    const own = buildOf(dist);
    if (config.deployment) await promote(client, config.deployment, asked === BACK ? own : (asked ?? own), asked === undefined ? worker : undefined);
    if (asked === BACK) await setAllBack(client, own, worker, join(config.home, 'set-back'));
  } finally {
    await connection.close();
    await held.close();
  }
}

/** @param worker goes through what is there first */
async function promote(client: Client, deploymentName: string, buildId: string, worker?: ReplayWorkerOptions): Promise<void> {
  const before = await currentOf(client, deploymentName);
  if (before?.build === buildId) return say(`${buildId} is the current build already`);
  if (worker) await goThrough(client, buildId, worker);
  await makeCurrent(client, { deploymentName, buildId }, before?.token).catch((error: unknown) => raise(refusal(error, deploymentName, buildId)));
  say(`${buildId} runs all lifecycles from their next step on${before?.build ? `; the way back is: npm run promote -- ${before.build}` : ''}`);
}

async function goThrough(client: Client, buildId: string, worker: ReplayWorkerOptions): Promise<void> {
  const seen = new Map<string, number>();
  const wrong = await counting(seen, () => replayErrors(worker, livingHistories(client, seen, OF_EACH_KIND)));
  if (wrong.size === 0) return say(`${sum(seen)} lifecycles of ${seen.size} kinds gone through: ${buildId} goes on with each where it is`);
  const named = [...wrong].slice(0, NAMED).map(([id, error]) => `${id}: ${wordsOf(error)}`);
  raise(problem(409, 'does_not_replay', `${buildId} does not go on with ${wrong.size} of ${sum(seen)} lifecycles where they are:\n${named.join('\n')}`, 'The build before goes on. The change of the workflow needs patched().'));
}

async function setAllBack(client: Client, buildId: string, worker: ReplayWorkerOptions, directory: string): Promise<void> {
  const seen = new Map<string, number>();
  let count = 0;
  await counting(seen, () => setBack(client, worker, seen, ({ id, runId, why, was, since }) => {
    count += 1;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, `${id.replaceAll('/', '_')}.${runId}.json`), historyToJSON(was), { mode: ONLY_OURS });
    say(`${id}: set back to ${new Date(since).toISOString()}: ${wordsOf(why)}`);
  }));
  say(`${sum(seen)} lifecycles gone through: ${buildId} goes on with each where it is`);
  if (count > 0) say(`${count} of them were set back; what they had lived through is kept in ${directory}`);
}

const sum = (seen: Map<string, number>): number => [...seen.values()].reduce((all, n) => all + n, 0);

/** Says now and then how far it is: there may be many. */
async function counting<T>(seen: Map<string, number>, work: () => Promise<T>): Promise<T> {
  const saying = setInterval(() => say(`${sum(seen)} lifecycles gone through`), SAY_EVERY_MS);
  return work().finally(() => clearInterval(saying));
}

const refusal = (error: unknown, deployment: string, build: string) => [NOT_FOUND, FAILED_PRECONDITION].includes(codeOf(error) ?? 0)
  ? problem(409, 'no_such_build', `no worker of build ${build} is there, or somebody else has just made another one the current one`, `Start control workers of it with GRID_DEPLOYMENT=${deployment}, and say it again.`)
  : problem(503, 'temporal_refused', (error as Error).message, 'See the Temporal server.');

const say = (text: string): void => void process.stderr.write(`${text}\n`);

main(process.argv.slice(2)).then(() => process.exit(0), (error: Error) => {
  say(inWords(error));
  process.exit(1);
});
