import { isMap } from '../options';
import type { Given } from './answer';
import { hrdKey, type Hrd } from './hrd';
import { plainValue } from './prefix';
import { refuseValue } from './refuse';

const INSTANCE = 'instance.';
const KEY = /^[a-z0-9_][\w.-]*$/;

/** Values given to one instance, by key without `instance.`. */
export type GivenArgs = Map<string, Given>;

/**
 * The arguments of an install and what a seed file says for this instance, which is stronger. A key may begin with
 * `instance.` or leave it out; written both ways, the longer one counts. Raises Problem 400 for a key that is none, and
 * for one of the recipe: `service.` and `producer.` cannot be given.
 */
export function givenArgs(args: unknown, seed: Hrd | undefined, instanceKey: string): GivenArgs {
  if (!isMap(args)) refuseValue('args', 'are not a map', 'Give a JSON object, such as {"param.port": 9345}.');
  const [full, short] = [true, false].map((wanted) => Object.entries(args).filter(([key]) => hrdKey(key).startsWith(INSTANCE) === wanted)) as [[string, Given][], [string, Given][]];
  const prefix = `${hrdKey(instanceKey)}.`;
  const seeded = (seed?.items ?? []).filter((item) => item.key.startsWith(prefix)).map((item): [string, Given] => [item.key.slice(prefix.length), plainValue(item)]);
  return new Map([...short, ...full, ...seeded].map(([key, value]) => [argKey(key), value]));
}

function argKey(given: string): string {
  const key = hrdKey(given);
  if (/^(service|producer)\./.test(key)) refuseValue(key.slice(0, 60), 'comes from the recipe and cannot be given', 'Give keys of its instance.hrd.');
  const short = key.startsWith(INSTANCE) ? key.slice(INSTANCE.length) : key;
  return KEY.test(short) ? short : refuseValue(given.slice(0, 60), 'is not a key', 'Use letters, digits, ".", "_" and "-".');
}
