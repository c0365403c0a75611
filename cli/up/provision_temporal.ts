import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { buildTemporal } from './build_temporal';
import { downloadTemporal } from './download_temporal';
import { findTemporal } from './find_temporal';
import { during, type Tell } from './progress';
import { cachedBinary, TEMPORAL_VERSION } from './temporal_version';

/**
 * Path of a `temporal` binary of the right version (DESIGN §9): on PATH, cached, downloaded, or built with Go.
 * @param home the grid's home, whose cache/ is looked into and takes the binary where the user's cache cannot be written
 * @throws Problem `no_temporal` with the ways out; the reason of an aborted `signal`
 */
export async function provisionTemporal(home: string, env: NodeJS.ProcessEnv, tell: Tell, signal: AbortSignal): Promise<string> {
  const found = await findTemporal(home, env, tell);
  if (found) return found;
  const target = writableTarget(home, env);
  const because: string[] = [];
  const ways: [string, (note: (text: string) => void) => Promise<void>][] = [
    [`downloading Temporal ${TEMPORAL_VERSION}`, (note) => downloadTemporal(target, note, signal)],
    [`building Temporal ${TEMPORAL_VERSION} with Go (once, some minutes)`, (note) => buildTemporal(target, env, note, signal)],
  ];
  for (const [what, work] of ways) {
    try {
      await during(what, tell, work);
      return target;
    } catch (error) {
      signal.throwIfAborted();
      because.push(error instanceof Error ? error.message : String(error));
      tell(`${what}: ${because.at(-1)}`);
    }
  }
  return raise(noTemporal(because));
}

function writableTarget(home: string, env: NodeJS.ProcessEnv): string {
  const shared = cachedBinary(env);
  try {
    mkdirSync(dirname(shared), { recursive: true });
    return shared;
  } catch {
    mkdirSync(join(home, 'cache'), { recursive: true });
    return join(home, 'cache', 'temporal');
  }
}

function noTemporal(because: string[]) {
  return problem(
    503,
    'no_temporal',
    `no Temporal server can be had here (${because.join('; ')})`,
    [
      'one of: install Go 1.26.4 or newer and start again (it builds the server once)',
      `put a \`temporal\` ${TEMPORAL_VERSION} on PATH`,
      'set TEMPORAL_ADDRESS to a Temporal server that runs already',
    ].join('; '),
  );
}
