import type { Placement } from './compute';
import { parseDurationMs } from './duration';
import { problems, type Problem } from './errors';
import { below, isAbsent, readNamed, readNumber, readOptionalText, readWords, refuse, type Given, type NamedGiven, type Notes, type Path } from './given';
import type { ClusterSpec, NodeSpec, RoleSpec } from './node';
import { isMap, numberIn } from './options';
import { readNode, readPlacement } from './read_node';

const MAX_NODES = 2_000;
const DNSNAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/;
const TEN_MINUTES_MS = 600_000;
const DAY_MS = 86_400_000;
/** Properties of a role that are the grid's, not the product's (P-28). */
const OWN_ROLE_FIELDS = ['name', 'dn', 'status', 'nodes', 'services', 'disks', 'networks'];

/**
 * Checks what a rendered template was parsed to against the schema of nodes and roles (P-26 … P-28, P-32, P-33, P-37)
 * and fills in every default. Returns a Problem 400 for what does not fit: up to twenty, each with its field
 * (`nodes.example0.cpu`) and, where `where` knows it, its line.
 */
export function readClusterSpec(
  value: unknown,
  where: (path: Path) => number | undefined,
  { defaultDnsname }: { defaultDnsname: string },
): ClusterSpec | Problem {
  const notes: Notes = { problems: [], where };
  const root: Given = { value, field: '', path: [] };
  if (!isMap(value)) refuse(notes, { ...root, field: 'template' }, 'what it yields is not a map', 'A template yields a map with nodes and services.');
  const spec = isMap(value) ? readSpec(notes, root, defaultDnsname) : undefined;
  return spec && notes.problems.length === 0 ? spec : problems(notes.problems);
}

function readSpec(notes: Notes, root: Given, defaultDnsname: string): ClusterSpec {
  const nodes = readNodes(notes, below(root, 'nodes'), readPlacement(notes, below(root, 'placement')));
  const roles = readRoles(notes, below(root, 'services'), new Set(nodes.map((node) => node.name)));
  return {
    dnsname: readDnsname(notes, below(root, 'dnsname')) ?? defaultDnsname,
    ...unified(nodes, roles),
    onNodeLoss: readNodeLoss(notes, below(root, 'on_node_loss')),
    scriptTimeoutMs: readTimeout(notes, below(root, 'script_timeout')),
    scriptAttempts: readAttempts(notes, below(root, 'script_attempts')),
  };
}

function readNodes(notes: Notes, given: Given, placement?: Placement): NodeSpec[] {
  const found = notes.problems.length;
  const nodes = readNamed(notes, given);
  if (nodes.length === 0 && notes.problems.length === found) refuse(notes, given, 'the template yields no nodes', 'Let it yield at least one under nodes; look at the options it counts with.');
  if (nodes.length > MAX_NODES) refuse(notes, given, `${nodes.length} nodes are more than ${MAX_NODES}`, 'Ask for fewer, or launch several clusters.');
  const specs = nodes.slice(0, MAX_NODES).map((node) => readNode(notes, node, placement));
  const tags = new Set(specs.flatMap((spec) => spec.tags));
  specs.forEach(({ near = [] }, i) => {
    const nobodys = near.find((tag) => !tags.has(tag));
    if (nobodys !== undefined) refuse(notes, below(nodes[i]!, 'near'), `no node of this template has the tag ${nobodys}`, 'Name tags of its nodes, or leave near out where there is none.');
  });
  return specs;
}

function readRoles(notes: Notes, given: Given, nodeNames: Set<string>): RoleSpec[] {
  return readNamed(notes, given).map((role) => ({ name: role.name, nodes: readMembers(notes, role, nodeNames), properties: propertiesOf(role) }));
}

function readMembers(notes: Notes, role: NamedGiven, nodeNames: Set<string>): string[] {
  const given = below(role, 'nodes');
  return readWords(notes, given).filter((name) => {
    if (!nodeNames.has(name)) refuse(notes, given, `there is no node called ${name.slice(0, 60)}`, 'Name nodes of this template.');
    return nodeNames.has(name);
  });
}

const propertiesOf = ({ value }: NamedGiven) =>
  Object.fromEntries(Object.entries(value as Record<string, unknown>).filter(([key]) => !OWN_ROLE_FIELDS.includes(key)));

/**
 * A node is in a role when either says so. A role that only a node names stays the node's own note: the list of
 * roles is what `services` declares (CT8).
 */
function unified(nodes: NodeSpec[], roles: RoleSpec[]): { nodes: NodeSpec[]; roles: RoleSpec[] } {
  const rolesOf = new Map(nodes.map((node) => [node.name, new Set(node.roles)]));
  for (const role of roles) for (const node of role.nodes) rolesOf.get(node)?.add(role.name);
  return {
    nodes: nodes.map((node) => ({ ...node, roles: [...(rolesOf.get(node.name) ?? [])] })),
    roles: roles.map((role) => ({
      ...role,
      nodes: [...new Set([...role.nodes, ...nodes.filter((node) => rolesOf.get(node.name)?.has(role.name)).map((node) => node.name)])],
    })),
  };
}

function readDnsname(notes: Notes, given: Given): string | undefined {
  const name = readOptionalText(notes, given);
  if (name !== undefined && !DNSNAME.test(name)) refuse(notes, given, `${name.slice(0, 60)} is not a DNS name`, 'Use letters, digits, ".", "_" and "-", at most 253.');
  return name;
}

function readNodeLoss(notes: Notes, given: Given): 'wait' | 'repair' {
  const choice = readOptionalText(notes, given) ?? 'wait';
  if (choice !== 'wait' && choice !== 'repair') refuse(notes, given, `${choice.slice(0, 60)} is neither wait nor repair`, 'Write wait or repair.');
  return choice === 'repair' ? 'repair' : 'wait';
}

/** Seconds as a number, or a text with its unit. */
function readTimeout(notes: Notes, given: Given): number {
  const text = readOptionalText(notes, given);
  if (text === undefined) return TEN_MINUTES_MS;
  const seconds = numberIn(text);
  const timeoutMs = seconds === undefined ? parseDurationMs(text) : seconds * 1_000;
  if (timeoutMs !== undefined && timeoutMs >= 1 && timeoutMs <= DAY_MS) return Math.round(timeoutMs);
  refuse(notes, given, `${text.slice(0, 60)} is not a time up to 24 hours`, 'Write a number of seconds, or a text such as 30s, 10m or 1h.');
  return TEN_MINUTES_MS;
}

const readAttempts = (notes: Notes, given: Given): number =>
  isAbsent(given) ? 1 : (readNumber(notes, given, { min: 1, max: 100, whole: true, wanted: 'a whole number from 1 to 100' }) ?? 1);
