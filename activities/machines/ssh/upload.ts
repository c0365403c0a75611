import type { Client } from 'ssh2';
import { throwProblem } from '../../problem_error';
import type { Bundle } from '../bundles';
import type { SshHost } from './connector';
import { HAS, PUT, runScript } from './host_script';
import { unreachable } from './unreachable';

/**
 * Puts a bundle on the host unless it is there.
 * @throws ProblemError 503 `not_packed`, `upload_failed`, `host_unreachable`.
 */
export async function ensureUploaded(client: Client, host: SshHost, bundle: Bundle): Promise<void> {
  const there = await runScript(client, HAS, [host.home, bundle.hash]);
  if (there.code !== 0) await upload(client, host, bundle);
}

export async function upload(client: Client, host: SshHost, bundle: Bundle): Promise<void> {
  const { code, said } = await runScript(client, PUT, [host.home, bundle.hash], await bundle.pack());
  if (code === 0) return;
  if (code === null) throw unreachable(host, 'the connection ended during an upload');
  throwProblem(503, 'upload_failed', `compute ${host.compute}: ${host.host}:${host.port} does not take the grid's program`,
    'See that the home of the connector can be written, its disk has room and tar and gzip are there; then retry.', { field: 'connector', evidence: said });
}
