import { clusterDn, clusterId, kindOf, NAME, parseClusterId, productId, serviceId, type ClusterKey } from '../model/ids';
import { idPath, isServiceName, lifecycleOf, subjectOf } from '../model/services/seed_ids';
import { usage } from './exit';

type Env = Record<string, string | undefined>;

/** Who a cluster belongs to when nobody is named: the user of a grid without authentication (P-18). */
const DEFAULT_USER = 'test';
const NUMBER = /^[1-9]\d*$/;
const HOW = 'write it as reference/1.0.0/1, test/reference/1.0.0/1 or as `grid clusters` shows it; a service by its name';

const segments = (text: string): string[] => text.split('/').filter(Boolean);

function clusterFrom(parts: string[]): string | undefined {
  const [head, ...rest] = parts;
  if (head === 'clusters' || head === 'cluster') return rest.length === 4 ? parseable(`cluster/${rest.join('/')}`) : undefined;
  if (parts.length === 4) return parseable(`cluster/${parts.join('/')}`);
  return parts.length === 3 ? parseable(`cluster/${DEFAULT_USER}/${parts.join('/')}`) : undefined;
}

const parseable = (id: string): string | undefined => (parseClusterId(id) ? id : undefined);

/** The cluster whose script is calling, told by CLUSTERDN. */
export function scriptCluster(env: Env): ClusterKey | undefined {
  const dn = env['CLUSTERDN'];
  return dn ? parseClusterId(dn.replace(/^clusters\//, 'cluster/')) : undefined;
}

/** A cluster's id from any of its spellings; throws a usage {@link Failure} for anything else. */
export function clusterIdOf(text: string): string {
  const id = clusterFrom(segments(text));
  if (!id) throw usage(`"${text}" is not a cluster`, HOW);
  return id;
}

/** An id of seed 000: a URI or its path, e.g. `/services/tomcat/instances/0/`, `agents/0`. */
const SEED_ID = /^([a-z]+:\/\/|\/?(services|agents)\/)/i;

function lifecycleOfSeedId(text: string): string | undefined {
  const path = SEED_ID.test(text) ? idPath(/^([a-z]+:|\/)/i.test(text) ? text : `/${text}`) : undefined;
  const subject = path === undefined ? undefined : subjectOf(path);
  return subject && lifecycleOf(subject);
}

/** The id of any lifecycle: a cluster's spellings, `product/version`, the name of a service, or an id as the API and Temporal show it. */
export function lifecycleIdOf(text: string): string {
  const fromSeed = lifecycleOfSeedId(text);
  if (fromSeed) return fromSeed;
  const parts = segments(text);
  if (kindOf(text) && parts[0] !== 'cluster' && parts.length > 1) return parts.join('/');
  const cluster = clusterFrom(parts);
  if (cluster) return cluster;
  if (parts.length === 2 && kindOf(parts[0]!) === undefined && parts[0] !== 'clusters') return productId(parts[0]!, parts[1]!);
  if (parts.length === 1 && isServiceName(text) && kindOf(text) === undefined) return serviceId(text);
  throw usage(`"${text}" is not the id of anything`, HOW);
}

/** A service's name from any of its spellings: `webserver`, `service/webserver`, its URI; throws a usage {@link Failure}. */
export function serviceOf(text: string): string {
  const id = lifecycleOfSeedId(text) ?? (text.includes('/') ? text : serviceId(text));
  const [kind, name = '', ...rest] = id.split('/');
  if (kind !== 'service' || !isServiceName(name) || rest.length > 0) throw usage(`"${text}" is not a service`, 'write its name as `grid services` shows it, e.g. webserver');
  return name;
}

/** The lifecycle of an instance or an agent, which has a machine; undefined for anything else. */
export function runnerIdOf(text: string): string | undefined {
  const id = lifecycleOfSeedId(text) ?? text;
  return /^(agent\/\d+|instance\/[^/]+\/\d+)$/.test(id) ? id : undefined;
}

/** Whether this means a service rather than a cluster. */
export const meansService = (text: string): boolean => !text.includes('/') || (lifecycleOfSeedId(text) ?? text).startsWith('service/');

/** The shortest spelling that {@link lifecycleIdOf} takes back to the same id. */
export function shortId(id: string): string {
  const key = parseClusterId(id);
  if (!key) return id;
  const short = `${key.product}/${key.version}/${key.number}`;
  const ambiguous = kindOf(key.product) !== undefined || key.product === 'clusters';
  if (key.user === DEFAULT_USER && !ambiguous) return short;
  return kindOf(key.user) || key.user === 'clusters' ? id : `${key.user}/${short}`;
}

export const dnOf = (id: string): string => clusterDn(parseClusterId(id)!);

export function productOf(text: string): { product: string; version: string } {
  const [product, version, ...rest] = segments(text.replace(/^product\//, ''));
  if (!product || !version || rest.length > 0) throw usage(`"${text}" is not a product`, 'write it as name/version, e.g. reference/1.0.0');
  return { product, version };
}

export type Target = { cluster: string; node: string } | { machine: string; cluster?: string };

/**
 * What `exec` and `logs` mean: `<cluster> <node>`, `<cluster>/<node>`, a node's dn, a machine id, or within a script
 * (CLUSTERDN) the name of a node; there one word may be either.
 */
export function targetOf(words: readonly string[], env: Env): Target {
  if (words.length === 2) return { cluster: clusterIdOf(words[0]!), node: words[1]! };
  const [word] = words;
  if (words.length !== 1 || !word) throw usage('no machine is named', 'name a machine, or a cluster and a node');
  const parts = segments(word);
  if (parts.length === 1 && NAME_OF_MACHINE.test(word)) {
    const own = scriptCluster(env);
    return { machine: word, ...(own ? { cluster: clusterId(own) } : {}) };
  }
  const node = parts.pop()!;
  if (parts.at(-1) === 'nodes') parts.pop();
  const cluster = NUMBER.test(parts.at(-1) ?? '') ? clusterFrom(parts) : undefined;
  if (!cluster || !NAME.test(node)) throw usage(`"${word}" is neither a machine nor a node`, 'write a machine id, or cluster/node as in reference/1.0.0/1/example0');
  return { cluster, node };
}

const NAME_OF_MACHINE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
