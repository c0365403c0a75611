import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { readIfThere, writeForGood } from '../../activities/machines/process/directory';
import { serially } from '../../activities/instances/serially';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { Definition } from './definition';

/** The services of one connector, kept in one file. */
export interface Definitions {
  all(): Definition[];
  get(name: string): Definition | undefined;
  /** Kept for good when it resolves; the last one of a name counts. */
  put(definition: Definition): Promise<void>;
}

/**
 * @param preloaded definitions that count instead of those kept under the same names
 * @throws Problem 500 `broken_definitions` when the file is none of ours
 */
export async function openDefinitions(home: string, name: string, preloaded: Definition[]): Promise<Definitions> {
  const directory = join(home, 'connectors');
  const path = join(directory, `${name}.json`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const kept = new Map((await readKept(path)).map((one) => [one.name, one]));
  const oneByOne = serially();
  const write = (services: Iterable<Definition>) => writeForGood(path, `${JSON.stringify({ services: [...services] }, null, 2)}\n`, 0o600);
  const putAll = (added: Definition[]) => oneByOne(path, async () => {
    await write(new Map([...kept, ...added.map((one) => [one.name, one] as const)]).values());
    for (const one of added) kept.set(one.name, one);
  });
  if (preloaded.length > 0) await putAll(preloaded);
  return { all: () => [...kept.values()], get: (service) => kept.get(service), put: (one) => putAll([one]) };
}

async function readKept(path: string): Promise<Definition[]> {
  const text = await readIfThere(path);
  if (text === undefined) return [];
  try {
    const { services } = JSON.parse(text) as { services: Definition[] };
    if (services.every((one) => typeof one.name === 'string')) return services;
  } catch {
    // Said below.
  }
  return raise(problem(500, 'broken_definitions', `${path} does not hold the definitions of a connector`, 'Put it right, or move it away to begin with none.'));
}
