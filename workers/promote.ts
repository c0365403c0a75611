import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { ReplayHistoriesIterable, ReplayWorkerOptions } from '@temporalio/worker';
import { projectRoot, readConfig } from '../config';
import { inWords, problem } from '../model/errors';
import { raise } from '../model/raise';
import { dataConverterOf } from '../process/codec/data_converter';
import { buildOf, codeOf, currentOf, FAILED_PRECONDITION, makeCurrent, NOT_FOUND } from './deployment';
import { replayErrors } from './replay_errors';
import { workflowBundle } from './workflow_bundle';

/** So many of each kind, the newest first: what a kind does is in those. */
const OF_EACH_KIND = 20;
const SAY_EVERY_MS = 5_000;
const NAMED = 5;

/**
 * `npm run promote [-- build]`: has the build of this tree run all lifecycles, once it went through what those that are there
 * lived through. A named build is taken as it is: it is the way back.
 */
async function main([asked]: string[]): Promise<void> {
  const config = readConfig();
  const deploymentName = config.deployment ?? raise(problem(400, 'wrong_configuration', 'GRID_DEPLOYMENT is not set: control workers have no versions', 'Set it for control workers and here to the same name, e.g. GRID_DEPLOYMENT=grid.', { field: 'GRID_DEPLOYMENT' }));
  const connection = await Connection.connect(config.temporal.connection);
  try {
    const dataConverter = dataConverterOf(connection, config.temporal);
    const client = new Client({ connection, namespace: config.temporal.namespace, dataConverter });
    const dist = join(projectRoot(), 'dist');
    const buildId = asked ?? buildOf(dist);
    const before = await currentOf(client, deploymentName);
    if (before?.build === buildId) return say(`${buildId} is the current build already`);
    if (asked === undefined) await goThrough(client, buildId, { workflowBundle: workflowBundle(join(dist, 'workflow-bundle.js'), config.temporal.codecKeys), dataConverter });
    await makeCurrent(client, { deploymentName, buildId }, before?.token).catch((error: unknown) => raise(refusal(error, deploymentName, buildId)));
    say(`${buildId} runs all lifecycles from their next step on${before?.build ? `; the way back is: npm run promote -- ${before.build}` : ''}`);
  } finally {
    await connection.close();
  }
}

async function goThrough(client: Client, buildId: string, worker: ReplayWorkerOptions): Promise<void> {
  const seen = new Map<string, number>();
  const count = () => [...seen.values()].reduce((sum, n) => sum + n, 0);
  const saying = setInterval(() => say(`${count()} lifecycles gone through`), SAY_EVERY_MS);
  const wrong = await replayErrors(worker, running(client, seen)).finally(() => clearInterval(saying));
  if (wrong.size === 0) return say(`${count()} lifecycles of ${seen.size} kinds gone through: ${buildId} goes on with each where it is`);
  const named = [...wrong].slice(0, NAMED).map(([id, error]) => `${id}: ${/\[TMPRL\d+\][^"\n]*/.exec(error.message)?.[0] ?? error.message.slice(0, 200)}`);
  raise(problem(409, 'does_not_replay', `${buildId} does not go on with ${wrong.size} of ${count()} lifecycles where they are:\n${named.join('\n')}`, 'The build before goes on. The change of the workflow needs patched().'));
}

/** Histories of what lives, so many of each kind. */
async function* running(client: Client, seen: Map<string, number>): ReplayHistoriesIterable {
  for await (const { workflowId, runId, type } of client.workflow.list({ query: 'ExecutionStatus="Running"' })) {
    const before = seen.get(type) ?? 0;
    if (before >= OF_EACH_KIND) continue;
    seen.set(type, before + 1);
    yield { workflowId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
  }
}

const refusal = (error: unknown, deployment: string, build: string) => [NOT_FOUND, FAILED_PRECONDITION].includes(codeOf(error) ?? 0)
  ? problem(409, 'no_such_build', `no worker of build ${build} is there, or somebody else has just made another one the current one`, `Start control workers of it with GRID_DEPLOYMENT=${deployment}, and say it again.`)
  : problem(503, 'temporal_refused', (error as Error).message, 'See the Temporal server.');

const say = (text: string): void => void process.stderr.write(`${text}\n`);

main(process.argv.slice(2)).then(() => process.exit(0), (error: Error) => {
  say(inWords(error));
  process.exit(1);
});
