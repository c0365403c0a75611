import type { Client, ClientChannel } from 'ssh2';
import { isProblem, type Problem } from '../../../model/errors';
import { ProblemError, throwProblem } from '../../problem_error';
import { machineBundle } from '../bundles';
import type { SshHost } from './connector';
import { ABSENT, begin, NO_NODE, OLD_NODE, RUN, type Ran } from './host_script';
import { line, type Greeting, type Ready } from './protocol';
import { unreachable } from './unreachable';
import { upload } from './upload';

/**
 * Runs the machine program on the host, which is put there first where it is not, and waits until it is ready.
 * @throws ProblemError 422 `node_missing`, `node_too_old`, `unsupported_host`, 503 `host_program_failed`, `host_unreachable`.
 */
export async function startProgram(client: Client, host: SshHost): Promise<{ channel: ClientChannel; ready: Ready }> {
  const bundle = machineBundle();
  const greeting: Greeting = { name: host.compute, grid: host.grid, connector: host.there };
  const run = () => attempt(client, [host.home, bundle.hash, line(greeting).trim()]);
  let ran = await run();
  if ('code' in ran && ran.code === ABSENT) {
    await upload(client, host, bundle);
    ran = await run();
  }
  return 'code' in ran ? explain(host, ran) : ran;
}

/** The program with its first line, or how it ended without one. */
async function attempt(client: Client, lines: string[]): Promise<{ channel: ClientChannel; ready: Ready } | Ran> {
  const { channel, ended } = await begin(client, RUN, lines);
  const first = firstLine(channel).then((text) => JSON.parse(text) as Ready | { problem: Problem });
  const said = await Promise.race([first, ended]);
  if ('problem' in said && isProblem(said.problem)) throw new ProblemError(said.problem);
  return 'ready' in said ? { channel, ready: said } : (said as Ran);
}

/** It says nothing after its first line until it is asked something. */
const firstLine = (channel: ClientChannel) => new Promise<string>((resolve) => {
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString('utf8');
    if (!text.endsWith('\n')) return;
    channel.off('data', collect);
    resolve(text);
  };
  channel.on('data', collect);
});

function explain(host: SshHost, { code, said }: Ran): never {
  const where = `compute ${host.compute}: host ${host.host}:${host.port}`;
  const more = { field: 'connector', evidence: said };
  if (code === NO_NODE) throwProblem(422, 'node_missing', `${where} has no Node`, `Install Node 20 or newer where a command of ${host.user} by ssh finds it on PATH.`, more);
  if (code === OLD_NODE) throwProblem(422, 'node_too_old', `${where} has a Node older than 20`, `Install Node 20 or newer where a command of ${host.user} by ssh finds it on PATH.`, more);
  if (code === null) throw unreachable(host, 'the connection ended');
  return throwProblem(503, 'host_program_failed', `${where}: the grid's program ended with ${code}`, 'See what it said; then retry.', more);
}
