import type { Api } from './api';
import { drainCompute, readCompute } from './endpoints';
import { EXIT, Failure } from './exit';
import { rest } from './follow';
import type { Io } from './io';
import type { Shown } from './wire';

const EVERY_MS = 500;

/**
 * Drains a compute and says, with every change, what it waits for, until nothing is there any more.
 * @throws Failure `waiting` as soon as only a person can go on: clusters do not move
 */
export async function drained(api: Api, io: Io, name: string, to?: string): Promise<Shown> {
  let compute = await drainCompute(api, name, to);
  let said = '';
  for (;;) {
    const waitsFor = compute.draining?.waitsFor ?? [];
    if (compute.state !== 'draining') return compute;
    const line = `${name} waits for ${waitsFor.slice(0, 5).join(', ')}${waitsFor.length > 5 ? ` and ${waitsFor.length - 5} more` : ''}`;
    if (waitsFor.length > 0 && line !== said) io.stderr.write(`${(said = line)}\n`);
    if (waitsFor.length > 0 && waitsFor.every((id) => id.startsWith('cluster/'))) throw new Failure(onlyClusters(name, waitsFor));
    await rest(io.signal, EVERY_MS);
    compute = await readCompute(api, name);
  }
}

const onlyClusters = (name: string, clusters: string[]) => ({
  exit: EXIT.waiting, code: 'clusters_left', message: `${name} is draining: clusters do not move, and it has ${clusters.join(', ')}`,
  fix: `Launch them elsewhere and \`grid destroy ${clusters[0]}\`, then it is drained; \`grid compute undrain ${name}\` takes it back.`,
});
