import { userInfo } from 'node:os';
import { problem, problems, type Problem } from '../../../model/errors';
import { ProblemError } from '../../problem_error';
import { readConnector } from '../process/connector';

/** A host that runs machines, and for whom. The same compute always reads as the same value. */
export interface SshHost {
  /** The compute's name. */
  compute: string;
  grid: string;
  user: string;
  host: string;
  port: number;
  /** File with the private key; without it an SSH agent or one of the user's own keys is asked. */
  key?: string;
  /** Fingerprint that the host's key must have, `SHA256:…`; without it the known_hosts files of this side are asked. */
  hostkey?: string;
  /** Directory of ours on the host, below the user's home when it is not absolute. */
  home: string;
  /** Connector of the `process:` driver that works there. */
  there: string;
}

const RULES: Record<string, { accepts: RegExp; allowed: string }> = {
  key: { accepts: /^\S+$/, allowed: 'the path of a file with a private key' },
  hostkey: { accepts: /^SHA256:[A-Za-z0-9+/]{43}=?$/, allowed: 'a fingerprint as ssh-keygen -l shows it: SHA256:…' },
  home: { accepts: /^[A-Za-z0-9._/+@-]+$/, allowed: 'a path of letters, digits and ._/+@-' },
  cpu: { accepts: /^\d{1,4}(\.\d{1,3})?$/, allowed: 'a number of cores above 0, up to 9999' },
  memMiB: { accepts: /^[1-9]\d{0,8}$/, allowed: 'a whole number of MiB above 0' },
  net: { accepts: /^127\.\d{1,3}$/, allowed: '127.1 to 127.255' },
  tags: { accepts: /^[A-Za-z0-9._,-]+$/, allowed: 'words with commas between them, such as ssd,rack1' },
};

/**
 * Reads `ssh://ops@host:22?key=<file>&hostkey=SHA256:…&home=/path&cpu=4&memMiB=8192&net=127.99&tags=ssd,rack1`. All but the host have
 * defaults: this user, port 22, `.service-grid`, and what the host itself has.
 * @throws ProblemError 400 `bad_connector` naming everything that is wrong or unknown.
 */
export function readSshConnector(options: { name: string; gridHome: string; grid: string }, url: URL): SshHost {
  const given = parameters(url);
  const wrong = [...addressProblems(options.name, url), ...[...given].flatMap(([name, values]) => parameterProblems(options.name, name, values))];
  if (wrong.length > 0) throw new ProblemError(problems(wrong));
  const one = (name: string) => given.get(name)?.[0];
  return {
    compute: options.name,
    grid: options.grid,
    user: decodeURIComponent(url.username) || userInfo().username,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 22),
    key: one('key'),
    hostkey: one('hostkey')?.replace(/=$/, ''),
    home: one('home') ?? '.service-grid',
    there: processConnector(options.name, one),
  };
}

/** By hand: a fingerprint has "+" in it, and URLSearchParams makes blanks of them. */
function parameters(url: URL): Map<string, string[]> {
  const given = new URLSearchParams(url.search.replaceAll('+', '%2B'));
  return new Map([...new Set(given.keys())].map((name) => [name, given.getAll(name)]));
}

function addressProblems(compute: string, url: URL): Problem[] {
  const example = 'Write ssh://user@host:22?key=/path/of/key.';
  if (url.password) return [bad(compute, 'a password does not belong in a connector', 'Use a key: ssh://user@host?key=/path/of/key.', url.host)];
  if (!url.hostname) return [bad(compute, 'an ssh: connector names a host', example, url.href)];
  return (url.pathname && url.pathname !== '/') || url.hash ? [bad(compute, 'an ssh: connector has no path or fragment', example, url.href)] : [];
}

function parameterProblems(compute: string, name: string, values: string[]): Problem[] {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule) return [bad(compute, `ssh: has no parameter ${name}`, `It has ${Object.keys(RULES).join(', ')}.`, name)];
  if (values.length === 1 && rule.accepts.test(values[0]!)) return [];
  return [bad(compute, `parameter ${name} of the connector is not allowed`, `Give it once: ${rule.allowed}.`, values.join(' '))];
}

function processConnector(compute: string, one: (name: string) => string | undefined): string {
  const set = { cpu: one('cpu'), memMiB: one('memMiB'), net: one('net'), tags: one('tags') };
  const chosen = Object.entries(set).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const url = new URL(`process:?${new URLSearchParams(chosen)}`);
  readConnector(compute, url);
  return url.href;
}

const bad = (compute: string, message: string, fix: string, evidence: string) =>
  problem(400, 'bad_connector', `compute ${compute}: ${message}`, fix, { field: 'connector', evidence });
