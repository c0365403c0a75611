import { readFile } from 'node:fs/promises';
import type { RunVerb } from '../../model/environment/run';
import type { RunBody } from '../endpoints';
import { usage } from '../exit';
import { parseDataTags } from './data';

/** Which services are meant, as every verb takes it (§5.3). */
export interface Selecting {
  name?: string;
  domain?: string;
  instance?: string;
  parent?: string;
  immediate?: boolean;
  targetname?: string;
  targettype?: string;
}

/** All options that a verb which does something may have. */
export interface RunOptions extends Selecting {
  nodeps?: boolean;
  quiet?: boolean;
  force?: boolean;
  verbose?: boolean;
  local?: boolean;
  noremote?: boolean;
  wait: boolean;
  json?: boolean;
  data?: string[];
  hrdseed?: string;
  start?: boolean;
  reinstall?: boolean;
  single?: boolean;
  consume?: string[];
  category?: string;
  producer?: string;
  cmd?: string;
  url?: string;
  id?: string;
}

/** What takes something away for good. */
const TAKES_AWAY: readonly RunVerb[] = ['uninstall', 'reset', 'removedata'];

export const selectionOf = ({ name, domain, instance, parent, immediate }: Selecting) =>
  given({ name, domain, instance, parent, immediate: immediate || undefined });

/** A command line as the grid takes it. Throws a usage {@link Failure}. */
export async function bodyOf(verb: RunVerb, options: RunOptions): Promise<RunBody> {
  const selection = selectionOf(options);
  const { nodeps, single, force, reinstall, start, hrdseed, data = [], cmd, url, id } = options;
  if (TAKES_AWAY.includes(verb) && Object.keys(selection).length === 0 && !force) throw usage(`${verb} of everything there is`, 'say what is meant, as in -n redis; or -f for really everything');
  if (id !== undefined && url !== undefined) throw usage('--id and --url both say what to import', 'leave one of them out');
  const args = given({ cmd, url, id });
  const consume = consumesOf(verb, options);
  return {
    verb, ...selection, ...(Object.keys(args).length > 0 ? { args } : {}), ...(consume.length > 0 ? { consume } : {}),
    ...given({
      nodeps: nodeps || single || undefined, force: force || undefined, reinstall: reinstall || undefined, start: start === false ? false : undefined, targetType: options.targettype,
      data: data.length > 0 ? Object.assign({}, ...data.map(parseDataTags)) as Record<string, string> : undefined, seed: hrdseed === undefined ? undefined : await seedIn(hrdseed),
    }),
  };
}

/** `-tn n1` is `--consume node:n1`. */
function consumesOf(verb: RunVerb, { consume = [], targetname, targettype, category, producer }: RunOptions): NonNullable<RunBody['consume']> {
  if (verb !== 'install' && (targetname ?? targettype) !== undefined) throw usage(`${verb} goes to the node that a service is on`, 'leave -tn and -tt out; they go with install, list, status and nodes');
  if (targettype !== undefined && targetname === undefined) throw usage('-tt says of what type the target is, but no target is named', 'name it with -tn');
  const pairs = consume.map((text) => {
    const at = text.indexOf(':');
    if (at < 1 || at === text.length - 1) throw usage(`--consume ${text} is not a category and an instance`, 'write e.g. --consume database:main');
    return { category: text.slice(0, at), producer: text.slice(at + 1) };
  });
  return [...pairs, ...(targetname ? [{ category: 'node', producer: targetname }] : []), ...(category && producer ? [{ category, producer }] : [])];
}

const seedIn = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usage(`--hrdseed ${file} cannot be read (${error.code})`, 'name a file with lines <domain>.<name>.<instance>.<key> = value');
  });

/** Without what was not given. */
const given = <T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
