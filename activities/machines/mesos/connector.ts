import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { problem, problems, type Problem } from '../../../model/errors';
import type { PartitionPolicy } from '../../../model/mesos/messages';
import { ProblemError, throwProblem } from '../../problem_error';
import type { Address, Masters } from './client/masters';

/** A Mesos cluster, and how the grid has tasks there. */
export interface MesosCluster {
  masters: Masters;
  role: string;
  /** As whom tasks run on their agents. */
  user: string;
  /** What images are run by; none: a node's command is run as it is, and its image only recorded, as on `process:`. */
  containerizer: 'none' | 'docker' | 'mesos';
  partition: PartitionPolicy;
  holdMs: number;
  /** How long one start waits for an offer for what had its place before. */
  waitMs: number;
}

interface Rule {
  accepts: RegExp;
  allowed: string;
}

const SECONDS: Rule = { accepts: /^[1-9]\d{0,3}$/, allowed: 'a number of seconds above 0, up to 9999' };

const RULES: Record<string, Rule> = {
  role: { accepts: /^(?!\.{1,2}$)[^\s/\\-][^\s/\\]*(\/[^\s/\\]+)*$/, allowed: 'one role, e.g. web or dept/web' },
  user: { accepts: /^[a-z_][a-z0-9_-]{0,31}$/, allowed: 'the name of a user of the agents' },
  containerizer: { accepts: /^(none|docker|mesos)$/, allowed: 'none, docker or mesos' },
  partition: { accepts: /^(replace|wait)$/, allowed: 'replace or wait' },
  hold: SECONDS,
  wait: SECONDS,
  auth: { accepts: /^(file:\/\S+|env:[A-Za-z_][A-Za-z0-9_]*)$/, allowed: 'file:/path or env:NAME, where a JSON {"principal", "secret"} is' },
  ca: { accepts: /^\/\S+$/, allowed: 'the path of a file with the certificates by which masters are trusted' },
};

const PORTS = { 'mesos:': 5050, 'zk:': 2181 } as const;
const EXAMPLE = 'Write mesos://master1:5050,master2:5050?role=web, or zk://zk1:2181,zk2:2181/mesos.';

/**
 * Reads `mesos://master1:5050,master2:5050?…` or `zk://zk1:2181,zk2:2181/mesos?…`. All but the hosts have defaults: role `*`, this
 * user, no containers, offers held for 30 s.
 * @throws ProblemError 400 `bad_connector` naming everything that is wrong or unknown.
 */
export function readMesosConnector(compute: string, connector: string): MesosCluster {
  const [, scheme = '', hosts = '', path = '', query = ''] = /^(mesos:|zk:)\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(connector) ?? [];
  const kind = scheme.toLowerCase() as keyof typeof PORTS;
  const bad = (message: string, fix: string, evidence: string) => problem(400, 'bad_connector', `compute ${compute}: ${message}`, fix, { field: 'connector', evidence });
  const given = new URLSearchParams(query);
  const at = hosts.split(',').map((host) => addressOf(host, PORTS[kind] ?? 0));
  const wrong: Problem[] = [
    ...(hosts && at.every(Boolean) ? [] : [bad('its masters cannot be read', EXAMPLE, hosts)]),
    ...(kind === 'zk:' ? (/^(\/[\w.-]+)+$/.test(path) ? [] : [bad('a zk: connector has the path under which masters are written down', EXAMPLE, path)]) : path === '' || path === '/' ? [] : [bad('a mesos: connector has no path', EXAMPLE, path)]),
    ...[...new Set(given.keys())].flatMap((name) => {
      const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
      if (!rule) return [bad(`Mesos has no parameter ${name}`, `It has ${Object.keys(RULES).join(', ')}.`, name)];
      const values = given.getAll(name);
      return values.length === 1 && rule.accepts.test(values[0]!) ? [] : [bad(`parameter ${name} of the connector is not allowed`, `Give it once: ${rule.allowed}.`, values.join(' '))];
    }),
  ];
  if (wrong.length > 0) throw new ProblemError(problems(wrong));
  const auth = given.get('auth');
  const ca = given.get('ca');
  const addresses = at as Address[];
  return {
    masters: {
      compute, shown: hosts, at: kind === 'zk:' ? { zooKeeper: addresses, path } : addresses,
      ...(auth ? { authorization: () => authorizationOf(compute, auth) } : {}), ...(ca ? { ca: certificatesAt(compute, ca) } : {}),
    },
    role: given.get('role') ?? '*', user: given.get('user') ?? userInfo().username,
    containerizer: (given.get('containerizer') ?? 'none') as MesosCluster['containerizer'], partition: (given.get('partition') ?? 'replace') as PartitionPolicy,
    holdMs: Number(given.get('hold') ?? 30) * 1_000, waitMs: Number(given.get('wait') ?? 60) * 1_000,
  };
}

function addressOf(text: string, standard: number): Address | undefined {
  const url = /^[\w.:[\]-]+$/.test(text) && URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
  if (!url?.hostname || url.pathname !== '/') return undefined;
  // A URL of http says nothing of the port that is its own.
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (text.endsWith(':80') ? 80 : standard)) };
}

interface Credentials {
  principal?: unknown;
  secret?: unknown;
}

async function credentialsAt(compute: string, reference: string): Promise<{ principal: string; secret: string }> {
  const no = (): never => throwProblem(400, 'bad_credentials', `compute ${compute}: there are no credentials at ${reference}`, 'Put a JSON there: {"principal": "…", "secret": "…"}.', { field: 'connector', evidence: reference });
  const text = reference.startsWith('env:') ? process.env[reference.slice(4)] : await readFile(reference.slice(5), 'utf8').catch(() => undefined);
  try {
    const { principal, secret } = JSON.parse(text ?? '') as Credentials;
    return typeof principal === 'string' && typeof secret === 'string' ? { principal, secret } : no();
  } catch {
    return no();
  }
}

async function authorizationOf(compute: string, reference: string): Promise<string> {
  const { principal, secret } = await credentialsAt(compute, reference);
  return `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}`;
}

function certificatesAt(compute: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return throwProblem(400, 'bad_connector', `compute ${compute}: the certificates at ${path} cannot be read`, 'Give the path of a PEM file that the control worker can read.', { field: 'connector', evidence: path });
  }
}
