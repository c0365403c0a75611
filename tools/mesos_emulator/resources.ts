import type { Range, Resource } from '../../model/mesos/protocol';

/** Resources of an agent and what is taken of them; each is one name and the role it is reserved for, `*` for none. */
export type Bag = readonly Resource[];

const keyOf = ({ name, role = '*' }: Resource) => `${name} ${role}`;
const round = (value: number) => Math.round(value * 1_000) / 1_000;

/** `cpus:2;mem:1024;ports:[31000-31099];names:{p,q};cpus(web):0.5`, as agents are told. */
export function parseResources(text: string): Bag {
  return text.split(';').filter(Boolean).map((part) => {
    const [, name = '', role = '*', value = ''] = /^([^(:]+)(?:\(([^)]+)\))?:(.*)$/.exec(part.trim()) ?? [];
    if (value.startsWith('[')) return { name, type: 'RANGES', ranges: { range: value.slice(1, -1).split(',').map(parseRange) }, role };
    if (value.startsWith('{')) return { name, type: 'SET', set: { item: value.slice(1, -1).split(',') }, role };
    return { name, type: 'SCALAR', scalar: { value: Number(value) }, role };
  });
}

const parseRange = (text: string): Range => {
  const [begin = 0, end = 0] = text.trim().split('-').map(Number);
  return { begin, end };
};

const ranges = (resource: Resource): Range[] => (resource.type === 'RANGES' ? resource.ranges.range : []);
const items = (resource: Resource): string[] => (resource.type === 'SET' ? resource.set.item : []);
const scalar = (resource: Resource): number => (resource.type === 'SCALAR' ? resource.scalar.value : 0);

function join(list: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of [...list].sort((a, b) => a.begin - b.begin)) {
    const last = joined.at(-1);
    if (last && range.begin <= last.end + 1) last.end = Math.max(last.end, range.end);
    else joined.push({ ...range });
  }
  return joined;
}

const without = (list: readonly Range[], taken: readonly Range[]): Range[] => taken.reduce<Range[]>((left, { begin, end }) => left.flatMap((one) => [
  ...(one.begin < begin ? [{ begin: one.begin, end: Math.min(one.end, begin - 1) }] : []),
  ...(one.end > end ? [{ begin: Math.max(one.begin, end + 1), end: one.end }] : []),
]), [...list]);

function combine(a: Resource, b: Resource, sign: 1 | -1): Resource {
  switch (a.type) {
    case 'SCALAR': return { ...a, scalar: { value: round(a.scalar.value + sign * scalar(b)) } };
    case 'RANGES': return { ...a, ranges: { range: sign === 1 ? join([...a.ranges.range, ...ranges(b)]) : without(a.ranges.range, ranges(b)) } };
    case 'SET': return { ...a, set: { item: sign === 1 ? [...new Set([...a.set.item, ...items(b)])] : a.set.item.filter((item) => !items(b).includes(item)) } };
  }
}

const isNothing = (resource: Resource): boolean => scalar(resource) <= 0 && ranges(resource).length === 0 && items(resource).length === 0;

export function add(bag: Bag, more: Bag): Bag {
  const all = new Map(bag.map((resource) => [keyOf(resource), resource]));
  for (const resource of more) {
    const there = all.get(keyOf(resource));
    all.set(keyOf(resource), there ? combine(there, resource, 1) : resource);
  }
  return [...all.values()];
}

export function subtract(bag: Bag, taken: Bag): Bag {
  const all = new Map(bag.map((resource) => [keyOf(resource), resource]));
  for (const resource of taken) {
    const there = all.get(keyOf(resource));
    if (there) all.set(keyOf(resource), combine(there, resource, -1));
  }
  return [...all.values()].filter((resource) => !isNothing(resource));
}

export function contains(bag: Bag, wanted: Bag): boolean {
  const all = new Map(bag.map((resource) => [keyOf(resource), resource]));
  return wanted.every((resource) => {
    const there = all.get(keyOf(resource));
    if (!there) return isNothing(resource);
    const left = combine(there, resource, -1);
    if (left.type === 'SCALAR') return left.scalar.value >= 0;
    if (left.type === 'SET') return items(resource).every((item) => items(there).includes(item));
    return without(ranges(resource), ranges(there)).length === 0;
  });
}

/** What a framework of this role may use: what nobody has reserved, and what is reserved for it. */
export const usableBy = (bag: Bag, role: string): Bag => bag.filter((resource) => (resource.role ?? '*') === '*' || resource.role === role);

/** Enough to be offered: Mesos offers no less. */
export const isOfferable = (bag: Bag): boolean => bag.some((r) => (r.name === 'cpus' && scalar(r) >= 0.01) || (r.name === 'mem' && scalar(r) >= 32));

export const amountOf = (bag: Bag, name: string): number => bag.reduce((sum, resource) => sum + (resource.name === name ? scalar(resource) : 0), 0);

/** As the agents of a master list them: ranges before all else. */
export const inOrder = (bag: Bag): Bag => [...bag.filter(({ type }) => type === 'RANGES'), ...bag.filter(({ type }) => type !== 'RANGES')];

/** `cpus(allocated: *):2; ports(allocated: *):[31000-31099]` */
export const sayResources = (bag: Bag, allocated: string): string => bag.map((resource) => {
  const role = (resource.role ?? '*') === '*' ? '' : `reservations: [(STATIC,${resource.role})]`;
  return `${resource.name}(${[`allocated: ${allocated}`, role].filter(Boolean).join(')(')}):${sayValue(resource)}`;
}).join('; ');

/** As the older pages of Mesos have it. */
export const sayRanges = (list: readonly Range[]): string => `[${list.map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`;

function sayValue(resource: Resource): string {
  if (resource.type === 'SCALAR') return String(resource.scalar.value);
  return resource.type === 'RANGES' ? sayRanges(resource.ranges.range) : `{${resource.set.item.join(', ')}}`;
}

/** How an offer, or a task, shows them. */
export function shown(bag: Bag, role: string | undefined, form: { refined: boolean }): Resource[] {
  return bag.map(({ role: reserved = '*', ...resource }) => {
    const allocated = role === undefined ? {} : { allocation_info: { role } };
    if (!form.refined) return { ...resource, role: reserved, ...allocated };
    return { ...resource, ...allocated, ...(reserved === '*' ? {} : { reservations: [{ type: 'STATIC', role: reserved }] }) };
  });
}

/** A claim as a task makes it, in our form: of whichever role it says it is of. */
export const claimed = (resources: readonly Resource[]): Bag => resources.map(({ allocation_info: _a, reservations, role, ...resource }) => ({ ...resource, role: reservations?.at(-1)?.role ?? role ?? '*' }));
