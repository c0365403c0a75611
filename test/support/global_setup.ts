import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../config';
import { isProblem } from '../../model/errors';
import { connectWithin } from '../../cli/up/connect';
import { tailLog } from '../../cli/up/log_file';
import { prepareNamespace } from '../../cli/up/prepare_namespace';
import { provisionTemporal } from '../../cli/up/provision_temporal';
import { temporalArgs, temporalEnv } from '../../cli/up/temporal_args';
import { freePort } from './free_port';

export const NAMESPACE = 'servicegrid-test';
const ANSWERS_MS = 60_000;

declare global {
  var gridTestTemporal: { child: ChildProcess; dir: string } | undefined;
}

/** One real Temporal server for the whole run, in memory, and dist/ as it is made from the sources; the environment says where they are. */
export default async function setUp(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const binary = await provisionTemporal(dir, process.env, tell, new AbortController().signal).catch(explain);
  const bundle = await buildParts(tell);
  const address = await startServer(binary, dir);
  Object.assign(process.env, {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    // Whatever engine this host has is no compute of the grids of tests.
    DOCKER_HOST: 'unix:///nonexistent',
    GRID_TEST_TEMPORAL_BIN: binary,
    ...(bundle && { GRID_TEST_WORKFLOW_BUNDLE: bundle }),
  });
}

async function startServer(binary: string, dir: string): Promise<string> {
  const port = await freePort();
  const log = join(dir, 'temporal.log');
  const fd = openSync(log, 'a');
  const child = spawn(binary, temporalArgs({ port, ui: false }), { env: temporalEnv(process.env), stdio: ['ignore', fd, fd] });
  closeSync(fd);
  globalThis.gridTestTemporal = { child, dir };
  const address = `127.0.0.1:${port}`;
  try {
    const connection = await connectWithin({ address }, ANSWERS_MS);
    await prepareNamespace(connection, NAMESPACE).finally(() => connection.close());
    return address;
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}\n${tailLog(log)}`, { cause: error });
  }
}

/** Where a part cannot be made, the tests that do without it still say something; the others fail for want of it. */
async function buildParts(tell: (line: string) => void): Promise<string | undefined> {
  const dist = join(projectRoot(), 'dist');
  let bundle: string | undefined = join(dist, 'workflow-bundle.js');
  for (const part of ['programs', 'workflows']) {
    await promisify(execFile)(process.execPath, [join(projectRoot(), 'workers', 'build.mjs'), '--only', part]).catch((error: Error) => {
      tell(`${part} cannot be built: ${error.message}`);
      if (part === 'workflows') bundle = undefined;
    });
  }
  return bundle;
}

function explain(error: unknown): never {
  throw isProblem(error) ? new Error(`${error.message}\n${error.fix}`, { cause: error }) : error;
}
