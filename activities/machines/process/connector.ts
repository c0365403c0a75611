import { availableParallelism, totalmem } from 'node:os';
import { problem, problems, type Problem } from '../../../model/errors';
import { NAME, NAME_RULE } from '../../../model/ids';
import { ProblemError } from '../../problem_error';

/** What `process:?net=127.78&cpu=4&memMiB=2048&tags=ssd,rack1` may set; all but the tags have a default from the host. */
export interface ProcessParameters {
  net: string;
  cpu: number;
  memMiB: number;
  /** What nodes may ask of this host by `host_tags`. */
  tags?: string[];
}

/** The grid leaves the rest of the memory to itself and to the host. */
const SHARE_OF_MEMORY = 0.9;

interface Rule {
  accepts: (value: string) => boolean;
  allowed: string;
}

const RULES: Record<keyof ProcessParameters, Rule> = {
  net: {
    // 127.0 is where the host's own services listen.
    accepts: (value) => /^127\.[1-9]\d{0,2}$/.test(value) && Number(value.slice(4)) <= 255,
    allowed: '127.1 to 127.255',
  },
  cpu: {
    accepts: (value) => /^\d{1,4}(\.\d{1,3})?$/.test(value) && Number(value) > 0,
    allowed: 'a number of cores above 0, up to 9999',
  },
  memMiB: {
    accepts: (value) => /^[1-9]\d{0,8}$/.test(value),
    allowed: 'a whole number of MiB above 0',
  },
  tags: {
    accepts: (value) => value.split(',').every((tag) => NAME.test(tag)),
    allowed: `words with commas between them, each ${NAME_RULE}`,
  },
};

/**
 * Reads a `process:` connector.
 * @throws ProblemError 400 `bad_connector` naming every parameter that is wrong or unknown.
 */
export function readConnector(compute: string, url: URL): ProcessParameters {
  const wrong = [...pathProblems(compute, url), ...parameterProblems(compute, url.searchParams)];
  if (wrong.length > 0) throw new ProblemError(problems(wrong));
  const given = url.searchParams;
  const tags = given.get('tags');
  return {
    net: given.get('net') ?? '127.77',
    cpu: Number(given.get('cpu') ?? availableParallelism()),
    memMiB: Number(given.get('memMiB') ?? Math.floor((totalmem() * SHARE_OF_MEMORY) / 2 ** 20)),
    ...(tags ? { tags: [...new Set(tags.split(','))] } : {}),
  };
}

const pathProblems = (compute: string, url: URL): Problem[] =>
  url.host || url.pathname || url.hash ? [bad(compute, 'a process: connector has no host, path or fragment', 'Write process: or process:?net=127.78&cpu=4&memMiB=2048.', url.href)] : [];

function parameterProblems(compute: string, given: URLSearchParams): Problem[] {
  return [...new Set(given.keys())].flatMap((name) => {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof ProcessParameters] : undefined;
    const values = given.getAll(name);
    if (!rule) return [bad(compute, `process: has no parameter ${name}`, `It has ${Object.keys(RULES).join(', ')}.`, name)];
    if (values.length === 1 && rule.accepts(values[0]!)) return [];
    return [bad(compute, `parameter ${name} of the connector is not allowed`, `Give it once: ${rule.allowed}.`, values.join(' '))];
  });
}

const bad = (compute: string, message: string, fix: string, evidence: string) =>
  problem(400, 'bad_connector', `compute ${compute}: ${message}`, fix, { field: 'connector', evidence });
