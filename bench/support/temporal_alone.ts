import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connectWithin } from '../../cli/up/connect';
import { temporalArgs, temporalEnv } from '../../cli/up/temporal_args';
import { freePort } from '../../test/support/grid';

export interface TemporalAlone {
  pid: number;
  /** From its start to its first answer. */
  answeredMs: number;
  stop: () => Promise<void>;
}

/** The Temporal server as the grid runs it, on a file, with nothing of ours beside it. */
export async function temporalAlone(binary: string, databaseFile: string): Promise<TemporalAlone> {
  const port = await freePort();
  const started = performance.now();
  const server = spawn(binary, temporalArgs({ port, databaseFile, ui: true }), { env: temporalEnv(process.env), stdio: 'ignore' });
  const exited = once(server, 'exit');
  const connection = await connectWithin({ address: `127.0.0.1:${port}` }, 60_000);
  const answeredMs = performance.now() - started;
  await connection.close();
  return {
    pid: server.pid!,
    answeredMs,
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
    },
  };
}
