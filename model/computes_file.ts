import { refuseBuiltIn, refuseConnector } from './define_compute';
import { problem, problems, type Problem } from './errors';
import { NAME, NAME_RULE } from './ids';
import { isMap } from './options';
import { raise } from './raise';

/** A compute as somebody defines it (G-2). */
export interface ComputeDefinition {
  name: string;
  connector: string;
}

const FORM = 'Write {"localdc": {"connector": "http://localhost:7051"}}, a list of {"name", "connector"}, or the same as YAML or as a .py file of localdc = {…}.';

/**
 * The computes of a file (G-3), in its order: by name, where a name inside counts more, or as a list.
 * @throws Problem 400 naming everything that is wrong
 */
export function computesOf(value: unknown): ComputeDefinition[] {
  const entries: [string, unknown][] | undefined = Array.isArray(value) ? value.map((one, i) => [`[${i}]`, one]) : isMap(value) ? Object.entries(value) : undefined;
  if (!entries) raise(problem(400, 'bad_computes_file', 'it holds no computes', FORM));
  const read = entries.map(([key, one]) => readOne(key, one, Array.isArray(value)));
  const twice = read.map(({ name }) => name).find((name, i, all) => name !== undefined && all.indexOf(name) !== i);
  const wrong = [...read.flatMap(({ refused }) => refused ?? []), ...(twice ? [problem(400, 'bad_computes_file', `${twice} is defined twice`, 'Define each compute once.')] : [])];
  if (wrong.length > 0) raise(problems(wrong));
  return read.map(({ name, connector }) => ({ name: name!, connector: connector! }));
}

function readOne(key: string, one: unknown, inList: boolean): Partial<ComputeDefinition> & { refused?: Problem } {
  const no = (why: string) => ({ refused: problem(400, 'bad_computes_file', `${key}: ${why}`, FORM) });
  if (!isMap(one)) return no('is no object');
  const { name = inList ? undefined : key, connector } = one;
  if (typeof name !== 'string' || !NAME.test(name)) return no(`its name is none: use ${NAME_RULE}`);
  const refused = refuseBuiltIn(name) ?? refuseConnector(name, connector);
  return refused ? { refused } : { name, connector: connector as string };
}
