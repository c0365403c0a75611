import { userInfo } from 'node:os';
import { problem, problems, type Problem } from '../../../model/errors';
import { ProblemError, throwProblem } from '../../problem_error';
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
 * Reads `ssh://ops@host1:22,host2:2222,host3?key=<file>&hostkey.host1=SHA256:…&home=/path&cpu=4&memMiB=8192&net=127.99&tags.host2=ssd`: the
 * hosts by the names they have among each other, in their order. A parameter is for all of them, or with `.<host>` for one.
 * All but the hosts have defaults: this user, port 22, `.service-grid`, and what a host itself has.
 * @throws ProblemError 400 `bad_connector` naming everything that is wrong or unknown.
 */
export function readSshConnector(options: { name: string; grid: string }, connector: string): Map<string, SshHost> {
  const urls = urlsOf(options.name, connector);
  const all = urls.map(({ host }) => host);
  const names = urls.map((url) => nameOf(url, urls));
  const given = parameters(urls[0]!);
  const wrong = [
    ...urls.flatMap((url) => addressProblems(options.name, url)),
    ...(new Set(names).size < urls.length ? [bad(options.name, 'a host is there twice', 'Name every host and port once.', all.join(','))] : []),
    ...[...given].flatMap(([name, values]) => parameterProblems(options.name, names, name, values)),
  ];
  if (wrong.length > 0) throw new ProblemError(problems(wrong));
  return new Map(urls.map((url, i) => [names[i]!, hostOf(options, url, (name) => (given.get(`${name}.${names[i]}`) ?? given.get(name))?.[0])]));
}

/** One URL for each host of the list. */
function urlsOf(compute: string, connector: string): URL[] {
  const [, scheme = '', user = '', hosts = '', rest = ''] = /^(ssh:)(?:\/\/([^@/?#]*@)?([^/?#]*))?(.*)$/is.exec(connector) ?? [];
  return hosts.split(',').map((host) => {
    const url = `${scheme}//${user}${host}${rest}`;
    // What cannot be read is not repeated: it may be a secret.
    return URL.canParse(url) && !host.includes('@') ? new URL(url) : throwProblem(400, 'bad_connector', `compute ${compute}: its hosts cannot be read`, EXAMPLE, { field: 'connector' });
  });
}

/** The port is part of the name only where the host alone says too little. */
function nameOf(url: URL, all: readonly URL[]): string {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return all.filter((other) => other.hostname === url.hostname).length > 1 ? `${host}:${portOf(url)}` : host;
}

const portOf = (url: URL) => Number(url.port || 22);

function hostOf({ name, grid }: { name: string; grid: string }, url: URL, one: (name: string) => string | undefined): SshHost {
  return {
    compute: name,
    grid,
    user: decodeURIComponent(url.username) || userInfo().username,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: portOf(url),
    key: one('key'),
    hostkey: one('hostkey')?.replace(/=$/, ''),
    home: one('home') ?? '.service-grid',
    there: processConnector(name, one),
  };
}

/** By hand: a fingerprint has "+" in it, and URLSearchParams makes blanks of them. */
function parameters(url: URL): Map<string, string[]> {
  const given = new URLSearchParams(url.search.replaceAll('+', '%2B'));
  return new Map([...new Set(given.keys())].map((name) => [name, given.getAll(name)]));
}

const EXAMPLE = 'Write ssh://user@host:22?key=/path/of/key, and more hosts with commas between them.';

function addressProblems(compute: string, url: URL): Problem[] {
  if (url.password) return [bad(compute, 'a password does not belong in a connector', 'Use a key: ssh://user@host?key=/path/of/key.', url.host)];
  if (!url.hostname) return [bad(compute, 'an ssh: connector names a host', EXAMPLE, url.href)];
  return (url.pathname && url.pathname !== '/') || url.hash ? [bad(compute, 'an ssh: connector has no path or fragment', EXAMPLE, url.href)] : [];
}

function parameterProblems(compute: string, hosts: readonly string[], parameter: string, values: string[]): Problem[] {
  const [name = '', ...host] = parameter.split('.');
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule) return [bad(compute, `ssh: has no parameter ${name}`, `It has ${Object.keys(RULES).join(', ')}.`, name)];
  if (host.length > 0 && !hosts.includes(host.join('.'))) return [bad(compute, `parameter ${parameter} is for no host of the connector`, `Its hosts are called ${hosts.join(', ')}.`, parameter)];
  if (values.length === 1 && rule.accepts.test(values[0]!)) return [];
  return [bad(compute, `parameter ${parameter} of the connector is not allowed`, `Give it once: ${rule.allowed}.`, values.join(' '))];
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
