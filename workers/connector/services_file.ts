import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { DATA_FILES } from '../../config';
import { isProblem, problem } from '../../model/errors';
import { isMap } from '../../model/options';
import { raise } from '../../model/raise';
import { checkDefinition, type Definition } from './definition';

/**
 * The definitions in a file of services by name: JSON, YAML, or Python assignments, which are read as data (C-8).
 * @throws Problem 400 `bad_services_file` saying where in which file
 */
export async function readServicesFile(path: string): Promise<Definition[]> {
  const read = DATA_FILES[extname(path)] ?? refuse(path, 'is neither .json, .yaml, .yml nor .py');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => refuse(path, `cannot be read (${error.code})`));
  const services = attempt(path, () => read(text));
  if (!isMap(services)) refuse(path, 'holds no services by name');
  return Object.entries(services).map(([name, given]) => {
    if (!isMap(given)) refuse(path, `${name}: a definition is an object`);
    return attempt(`${path}, ${name}`, () => checkDefinition({ ...given, name }, 'Missing parameters.'));
  });
}

function attempt<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return refuse(where, (error as Error).message, isProblem(error) ? error.fix : undefined);
  }
}

function refuse(where: string, why: string, fix = 'Write {"helloworld": {"image": "tutum/hello-world:latest"}}, or the same as YAML, or helloworld = {…} in a .py file.'): never {
  raise(problem(400, 'bad_services_file', `${where}: ${why}`, fix));
}
