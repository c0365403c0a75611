import { below, isAbsent, readItems, readNamed, readNumber, readOptionalText, readText, readWords, refuse, type Given, type NamedGiven, type Notes } from './given';
import type { Placement } from './compute';
import { NAME, NAME_RULE } from './ids';
import { parseIpv4 } from './ipv4';
import type { DiskWish, NetworkWish, NodeSpec } from './node';
import { isMap, numberIn } from './options';

const MAX_DISKS = 1_000;
const PORT = { min: 1, max: 65_535, whole: true, wanted: 'a port from 1 to 65535' };
const CPU = { min: 0.001, wanted: 'a number of cores, at least 0.001' };
const MEM = { min: 1, whole: true, wanted: 'a whole number of MiB, at least 1' };
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What a container engine takes for a path, and no way out of it. */
const PATH = /^\/(?!.*(^|\/)\.\.(\/|$))[^:\0]*$/;

/**
 * One node of a template (P-27); what only the original's registry keeps (id, host, status, port, clustername) is passed over.
 * @param ofCluster the cluster's own choice, for nodes that make none
 */
export function readNode(notes: Notes, node: NamedGiven, ofCluster?: Placement): NodeSpec {
  const at = (key: string) => below(node, key);
  const image = readOptionalText(notes, isAbsent(at('docker_image')) ? at('image') : at('docker_image'));
  const imageOptions = readOptionalText(notes, at('docker_opts'));
  const command = readCommand(notes, at('command'));
  const customDisks = readFlag(notes, at('use_custom_disks'));
  const requiredHost = readOptionalText(notes, at('required_node'));
  const placement = readPlacement(notes, at('placement')) ?? ofCluster;
  return {
    name: node.name,
    ...(image ? { image } : {}),
    ...(imageOptions ? { imageOptions } : {}),
    ...(command ? { command } : {}),
    env: readEnv(notes, at('env')),
    cpu: readNumber(notes, at('cpu'), CPU) ?? CPU.min,
    memMiB: readNumber(notes, at('mem'), MEM) ?? MEM.min,
    disks: readDisks(notes, at('disks'), customDisks),
    customDisks,
    networks: readNetworks(notes, at('networks')),
    checkPorts: readPorts(notes, at('check_ports')),
    tags: readWords(notes, at('tags')),
    ...(requiredHost ? { requiredHost } : {}),
    ...(placement ? { placement } : {}),
    ...readTags(notes, 'near', at('near')),
    ...readTags(notes, 'apart', at('apart')),
    ...readTags(notes, 'hostTags', at('host_tags')),
    roles: readWords(notes, at('services')),
  };
}

/** Where a node goes when several hosts can take it; undefined where nothing is said. */
export function readPlacement(notes: Notes, given: Given): Placement | undefined {
  const choice = readOptionalText(notes, given);
  if (choice === undefined || choice === 'pack' || choice === 'spread') return choice;
  return refuse(notes, given, `${choice.slice(0, 60)} is neither pack nor spread`, 'Write pack or spread.');
}

/** Under its key, when there is any. */
function readTags(notes: Notes, key: 'near' | 'apart' | 'hostTags', given: Given): Pick<NodeSpec, typeof key> {
  const tags = readWords(notes, given).filter((tag) => NAME.test(tag) || refuse(notes, given, `${JSON.stringify(tag.slice(0, 60))} is not a tag that can be asked for`, `Use ${NAME_RULE}.`));
  return tags.length > 0 ? { [key]: tags } : {};
}

function readCommand(notes: Notes, given: Given): string[] | undefined {
  if (given.value === undefined || given.value === null) return undefined;
  if (!Array.isArray(given.value) || given.value.length === 0 || given.value[0] === '') {
    return refuse(notes, given, 'is not a list of words, the program first', 'Write a list, such as ["node", "server.js"]: no shell reads it.');
  }
  return readItems(notes, given).map((word) => readText(notes, word) ?? '');
}

function readEnv(notes: Notes, given: Given): Record<string, string> {
  if (isAbsent(given)) return {};
  if (!isMap(given.value)) refuse(notes, given, 'is not a map', 'Write a map from variable to text.');
  const names = isMap(given.value) ? Object.keys(given.value) : [];
  return Object.fromEntries(names.map((name) => {
    const variable = below(given, name);
    if (!ENV_NAME.test(name)) refuse(notes, variable, 'is not the name of a variable', 'Use letters, digits and "_", not beginning with a digit.');
    return [name, readText(notes, variable) ?? ''];
  }));
}

function readFlag(notes: Notes, given: Given): boolean {
  const word = isAbsent(given) ? 'false' : String(given.value).toLowerCase();
  if (word !== 'true' && word !== 'false') refuse(notes, given, `${word} is neither true nor false`, 'Write true or false.');
  return word === 'true';
}

/** Disks by name, or only their number, when they are named and mounted in order: `disk1` at `/storage1`. */
function readDisks(notes: Notes, given: Given, customDisks: boolean): DiskWish[] {
  const number = typeof given.value === 'string' ? numberIn(given.value) : given.value;
  if (typeof number === 'number') {
    if (customDisks && number > 0) refuse(notes, given, 'is a number, but custom disks go by name', 'Name the disks, or leave use_custom_disks out.');
    const count = readNumber(notes, given, { min: 0, max: MAX_DISKS, whole: true, wanted: `a whole number of disks up to ${MAX_DISKS}` }) ?? 0;
    return Array.from({ length: count }, (_, i) => ({ name: `disk${i + 1}`, destination: `/storage${i + 1}`, mode: 'rw' }));
  }
  const disks = readNamed(notes, given);
  const taken = new Set<string>();
  return disks.map((disk, i) => {
    const destination = readOptionalText(notes, below(disk, 'destination')) ?? `/storage${i + 1}`;
    if (!PATH.test(destination)) refuse(notes, below(disk, 'destination'), `${destination.slice(0, 60)} is not a path`, 'Write an absolute path without "..", such as /storage1.');
    if (taken.has(destination)) refuse(notes, below(disk, 'destination'), `${destination} is taken by another disk`, 'Give each disk its own path.');
    taken.add(destination);
    return { name: disk.name, destination, mode: readMode(notes, below(disk, 'mode')) };
  });
}

function readMode(notes: Notes, given: Given): 'rw' | 'ro' {
  const mode = readOptionalText(notes, given) ?? 'rw';
  if (mode !== 'rw' && mode !== 'ro') refuse(notes, given, `${mode.slice(0, 60)} is neither rw nor ro`, 'Write rw or ro.');
  return mode === 'ro' ? 'ro' : 'rw';
}

function readNetworks(notes: Notes, given: Given): NetworkWish[] {
  const devices = new Set<string>();
  return readNamed(notes, given, 'device').map((network) => {
    const at = (key: string) => below(network, key);
    const optional = (key: 'bridge' | 'netmask' | 'gateway') => {
      const text = readOptionalText(notes, at(key));
      return text ? { [key]: text } : {};
    };
    const device = readOptionalText(notes, at('device')) ?? network.name;
    if (devices.has(device)) refuse(notes, at('device'), `${device} is there twice`, 'Give each network its own device.');
    devices.add(device);
    const address = readAddress(notes, at('type'), at('address'));
    return {
      device,
      network: readNetworkName(notes, at('networkname')),
      ...(address ? { address } : {}),
      ...optional('bridge'), ...optional('netmask'), ...optional('gateway'),
    };
  });
}

function readNetworkName(notes: Notes, given: Given): string {
  if (isAbsent(given)) refuse(notes, given, 'is missing', 'Name a network of the compute, such as admin.');
  return readOptionalText(notes, given) ?? '';
}

/** A fixed address; none where the type is dynamic or no address is given (P-37). */
function readAddress(notes: Notes, type: Given, given: Given): string | undefined {
  const kind = readOptionalText(notes, type) ?? 'static';
  if (kind !== 'static' && kind !== 'dynamic') return refuse(notes, type, `${kind.slice(0, 60)} is neither static nor dynamic`, 'Write static or dynamic.');
  const address = kind === 'dynamic' ? undefined : readOptionalText(notes, given);
  if (address !== undefined && parseIpv4(address) === undefined) return refuse(notes, given, `${address.slice(0, 60)} is not an IPv4 address`, 'Write one such as 10.0.0.5, or the type dynamic.');
  return address;
}

const readPorts = (notes: Notes, given: Given): number[] => [
  ...new Set(readItems(notes, given).flatMap((item) => readNumber(notes, item, PORT) ?? [])),
];
