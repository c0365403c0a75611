import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../config';
import type { Api } from './api';
import type { Context } from './commands/shared';
import { readCompute } from './endpoints';
import { EXIT, Failure, usage } from './exit';

export interface ConnectorWish {
  listen: string;
  compute?: string;
  connector?: string;
  name?: string;
  services?: string;
}

const DEFAULT_NAME = 'connector';

/** Runs the connector process until it ends or the command is to end; answers the exit code. */
export async function serveConnector({ io, api }: Context, wish: ConnectorWish): Promise<number> {
  const place = await placeOf(wish, api);
  const dist = join(projectRoot(), 'dist');
  const given = { listen: wish.listen, ...place, services: wish.services };
  const args = Object.entries(given).flatMap(([option, value]) => (value === undefined ? [] : [`--${option}=${value}`]));
  // A group of its own: Ctrl-C must reach the one who ends it in order; and it ends with us, however we go.
  const child = spawn(process.execPath, ['--enable-source-maps', '--require', join(dist, 'end_with_parent.js'), join(dist, 'connector.js'), ...args], {
    env: { ...io.env, GRID_ENDS_WITH_PARENT: '1' }, stdio: ['pipe', 'pipe', 'pipe'], detached: true,
  });
  child.stdin.on('error', () => undefined);
  child.stdout.pipe(io.stdout, { end: false });
  child.stderr.pipe(io.stderr, { end: false });
  const end = () => child.kill('SIGTERM');
  io.signal.addEventListener('abort', end, { once: true });
  if (io.signal.aborted) end();
  const [code] = (await once(child, 'close')) as [number | null];
  return io.signal.aborted ? EXIT.ok : (code ?? EXIT.error);
}

async function placeOf({ compute, connector, name }: ConnectorWish, api: () => Api): Promise<{ name: string; connector: string }> {
  if ((compute === undefined) === (connector === undefined)) throw usage('a connector serves one compute', 'give --compute NAME, or --connector URL where no grid knows it');
  if (connector !== undefined) return { name: name ?? DEFAULT_NAME, connector };
  if (name !== undefined) throw usage('a compute of the grid has its own name', 'leave --name out');
  const known = await readCompute(api(), compute!);
  if (known.connector !== undefined) return { name: compute!, connector: known.connector };
  throw new Failure({ exit: EXIT.error, code: 'no_answer', message: `the grid cannot say now where compute ${compute} leads`, fix: 'see with `grid status` what is away, and try again when it is back' });
}
