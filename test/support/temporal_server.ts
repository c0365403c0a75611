import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectWithin } from '../../cli/up/connect';
import { temporalArgs, temporalEnv } from '../../cli/up/temporal_args';
import { freePort } from './grid';

export interface TestServer {
  address: string;
  end(): Promise<void>;
}

/** A Temporal server of a test's own, in memory, that asks for continue-as-new after so many events instead of thousands. */
export async function startTemporal(binary: string, { continueAsNewAfter }: { continueAsNewAfter: number }): Promise<TestServer> {
  const port = await freePort();
  const cwd = mkdtempSync(join(tmpdir(), 'grid-test-'));
  const args = [...temporalArgs({ port, ui: false }), '--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${continueAsNewAfter}`];
  const server = spawn(binary, args, { env: temporalEnv(process.env), stdio: 'ignore', cwd });
  const address = `127.0.0.1:${port}`;
  const connection = await connectWithin({ address }, 30_000);
  await connection.close();
  return {
    address,
    async end() {
      const ended = once(server, 'exit');
      if (server.exitCode === null && server.kill('SIGTERM')) await ended;
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
