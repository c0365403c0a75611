import { createHash } from 'node:crypto';
import { problem, problems, type Problem } from '../../../model/errors';
import { ProblemError } from '../../problem_error';
import { readSshConnector, type SshHost } from '../ssh/connector';

/** An engine that runs machines, and for whom. */
export interface DockerHost {
  /** The compute's name. */
  compute: string;
  grid: string;
  /** Where the engine listens: a socket of this host, one of a host that is logged in to, or another host by TLS with these files. */
  at: { socket: string; ssh?: undefined } | { socket: string; ssh: SshHost } | { host: string; port: number; ca: string; cert: string; key: string };
  /** First two numbers of the addresses, e.g. `10.77`. */
  net: string;
  /** What the engine has, unless it is said here. */
  cpu?: number;
  memMiB?: number;
  /** What nodes may ask of this host by `host_tags`. */
  tags?: string[];
  /** Image of nodes that name none. */
  image?: string;
  /** Where the credentials for a registry are: `file:<path>` or `env:<name>`. */
  auth?: string;
}

interface Rule {
  accepts: RegExp;
  allowed: string;
}

const PRIVATE_NET = /^(10\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])|172\.(1[6-9]|2\d|3[01])|192\.168)$/;
const PATH = /^\/\S+$/;

const RULES: Record<string, Rule> = {
  net: { accepts: PRIVATE_NET, allowed: 'the first half of private addresses: 10.0 to 10.255, 172.16 to 172.31 or 192.168' },
  cpu: { accepts: /^(?=.*[1-9])\d{1,4}(\.\d{1,3})?$/, allowed: 'a number of cores above 0, up to 9999' },
  memMiB: { accepts: /^[1-9]\d{0,8}$/, allowed: 'a whole number of MiB above 0' },
  image: { accepts: /^[a-z0-9][A-Za-z0-9._:/@-]{0,254}$/, allowed: 'the name of an image, e.g. debian:12' },
  tags: { accepts: /^[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*$/, allowed: 'words with commas between them, such as ssd,rack1' },
  auth: { accepts: /^(file:\/\S+|env:[A-Za-z_][A-Za-z0-9_]*)$/, allowed: 'file:/path or env:NAME, where a JSON {"username", "password", "serveraddress"} is' },
  ca: { accepts: PATH, allowed: 'the path of a file with certificates' },
  cert: { accepts: PATH, allowed: 'the path of a file with our certificate' },
  key: { accepts: PATH, allowed: 'the path of a file with the key of our certificate' },
};
const OF_TLS = ['ca', 'cert', 'key'];
/** Read as those of `ssh:` connectors are. */
const OF_SSH = ['key', 'hostkey'];

const DEFAULT_SOCKET = '/var/run/docker.sock';
const TLS_PORT = 2376;
const EXAMPLE = 'Write docker:, docker:///var/run/docker.sock?net=10.77&image=debian:12, docker://host:2376?ca=/path&cert=/path&key=/path, or docker+ssh://user@host?key=/path.';

/**
 * Reads a `docker:` or `docker+ssh:` connector. All but the files of TLS and the host have defaults: this host's engine, what it has, and addresses
 * that are made from the names of grid and compute, so that two of them on one engine seldom want the same.
 * @throws ProblemError 400 `bad_connector` naming everything that is wrong or unknown.
 */
export function readDockerConnector({ name, grid }: { name: string; grid: string }, url: URL): DockerHost {
  const given = parameters(url);
  const wrong = [...addressProblems(name, url, given), ...[...given].flatMap(([key, values]) => parameterProblems(name, url, key, values))];
  if (wrong.length > 0) throw new ProblemError(problems(wrong));
  const one = (key: string) => given.get(key)?.[0];
  const number = (key: string) => (one(key) === undefined ? undefined : Number(one(key)));
  return {
    compute: name, grid, net: one('net') ?? netOf(grid, name),
    at: isBySsh(url)
      ? { socket: socketOf(url), ssh: sshOf({ name, grid }, url, given) }
      : url.host
      ? { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || TLS_PORT), ca: one('ca')!, cert: one('cert')!, key: one('key')! }
      : { socket: socketOf(url) },
    cpu: number('cpu'), memMiB: number('memMiB'), image: one('image'), auth: one('auth'),
    ...(one('tags') ? { tags: [...new Set(one('tags')!.split(','))] } : {}),
  };
}

const isBySsh = (url: URL) => url.protocol === 'docker+ssh:';

const socketOf = ({ pathname }: URL) => (pathname === '/' ? '' : decodeURIComponent(pathname)) || DEFAULT_SOCKET;

function sshOf(options: { name: string; grid: string }, url: URL, given: Map<string, string[]>): SshHost {
  const own = OF_SSH.flatMap((name) => (given.get(name) ?? []).map((value): [string, string] => [name, value]));
  const [host] = readSshConnector(options, `ssh://${url.username && `${url.username}@`}${url.host}?${new URLSearchParams(own)}`).values();
  return host!;
}

/** Engines themselves begin with 172.17, people with 10.0: the upper half of 10 is the quietest. */
function netOf(grid: string, compute: string): string {
  const print = createHash('sha256').update(`${grid}/${compute}`).digest();
  return `10.${128 + (print[0]! % 128)}`;
}

/** By hand: paths may have "+" in them, and URLSearchParams makes blanks of them. */
function parameters(url: URL): Map<string, string[]> {
  const given = new URLSearchParams(url.search.replaceAll('+', '%2B'));
  return new Map([...new Set(given.keys())].map((name) => [name, given.getAll(name)]));
}

function addressProblems(compute: string, url: URL, given: Map<string, string[]>): Problem[] {
  if (isBySsh(url)) {
    if (url.password) return [bad(compute, 'a password does not belong in a connector', 'Use a key: docker+ssh://user@host?key=/path.', url.host)];
    return !url.hostname || url.host.includes(',') || url.hash ? [bad(compute, 'a docker+ssh: connector names one host, and perhaps the path of a socket there', EXAMPLE, url.host)] : [];
  }
  if (url.username || url.password) return [bad(compute, 'a docker: connector has no user', EXAMPLE, url.host)];
  if (url.hash) return [bad(compute, 'a docker: connector has no fragment', EXAMPLE, url.href)];
  const tls = OF_TLS.filter((name) => given.has(name));
  if (!url.host) {
    if (url.pathname && !/^\/[^/]/.test(url.pathname)) return [bad(compute, 'the path of a socket begins with "/"', EXAMPLE, url.href)];
    return tls.length ? [bad(compute, `${tls.join(', ')} are for engines of other hosts`, EXAMPLE, url.href)] : [];
  }
  if (url.pathname && url.pathname !== '/') return [bad(compute, 'an engine of another host has no path', EXAMPLE, url.href)];
  const missing = OF_TLS.filter((name) => !given.has(name));
  return missing.length ? [bad(compute, `an engine of another host is reached by TLS only; ${missing.join(', ')} missing`, EXAMPLE, url.host)] : [];
}

function parameterProblems(compute: string, url: URL, name: string, values: string[]): Problem[] {
  if (isBySsh(url) && OF_SSH.includes(name)) return [];
  const names = isBySsh(url) ? [...Object.keys(RULES).filter((one) => !OF_TLS.includes(one)), ...OF_SSH] : Object.keys(RULES);
  const rule = names.includes(name) ? RULES[name] : undefined;
  if (!rule) return [bad(compute, `${url.protocol} has no parameter ${name}`, `It has ${names.join(', ')}.`, name)];
  if (values.length === 1 && rule.accepts.test(values[0]!)) return [];
  return [bad(compute, `parameter ${name} of the connector is not allowed`, `Give it once: ${rule.allowed}.`, values.join(' '))];
}

const bad = (compute: string, message: string, fix: string, evidence: string) =>
  problem(400, 'bad_connector', `compute ${compute}: ${message}`, fix, { field: 'connector', evidence });
