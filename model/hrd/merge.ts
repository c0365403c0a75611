import { isProblem, problems, type Problem } from '../errors';
import { raise } from '../raise';
import { answerTo, asHrdValue, type Given } from './answer';
import { givenArgs, type GivenArgs } from './given_args';
import type { AskTags, Hrd, HrdItem, HrdValue } from './hrd';
import { qualified } from './references';

/** A question that nobody answered. `name` is what to answer it by, `key` where the answer goes. */
export interface Ask extends AskTags {
  name: string;
  key: string;
}

export interface InstanceParts {
  /** The template's `service.hrd`. */
  template: Hrd;
  /** The template's `instance.hrd`. */
  instance?: Hrd;
  /** Values by key, with or without `instance.`: texts, numbers, booleans, lists or maps. */
  args?: Record<string, Given>;
  /** A seed file with keys `<domain>.<name>.<instance>.<key>`; stronger than `args`. */
  seed?: Hrd;
  identity: { domain: string; name: string; instance: string };
  /** md5 of the template's folder. */
  checksum: string;
  /** The instance that provides each category. */
  producers?: Record<string, string>;
}

const MAX_PROBLEMS = 20;

/**
 * The one `service.hrd` of an instance: the template's keys under `service.` and `instance.`, identity, checksum
 * and producers, in the order of their keys. A question takes its answer from the arguments, else its default, and is
 * `missing` otherwise; it stays in the file. Arguments that no question asks for are added. Everything wrong with the
 * arguments comes in one Problem 400, each with the key as `field`.
 */
export function mergeInstanceHrd(parts: InstanceParts): { hrd: Hrd; missing: Ask[] } {
  const { template, instance = { items: [], comments: [] }, identity } = parts;
  const given = givenArgs(parts.args ?? {}, parts.seed, `${identity.domain}.${identity.name}.${identity.instance}`);
  const asked = [...template.items, ...instance.items].flatMap((item) => (item.type === 'ask' && item.value.name ? [item.value.name.toLowerCase()] : []));
  const known = new Set([...instance.items.map((item) => item.key), ...asked]);
  const found: Problem[] = [];
  const items = [
    ...prefixed(template, 'service.').map((item) => attempt(found, item, () => (item.type === 'ask' ? answered(item, given) : item))),
    ...prefixed(instance, 'instance.').map((item) => attempt(found, item, () => (item.type === 'ask' ? answered(item, given) : overridden(item, given)))),
    ...[...given].filter(([key]) => !known.has(key)).map(([key, value]) => attempt(found, empty(`instance.${key}`), (item) => ({ ...item, ...asHrdValue(value, item.key) }))),
  ];
  if (found.length > 0) raise(problems(found.slice(0, MAX_PROBLEMS)));
  const merged = new Map([...items, ...ownItems(parts)].map((item) => [item.key, item]));
  const ordered = [...merged.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { hrd: { items: ordered, comments: [] }, missing: ordered.flatMap(missingAsk) };
}

function prefixed(hrd: Hrd, prefix: string): HrdItem[] {
  const own = new Set(hrd.items.map((item) => item.key));
  return hrd.items.map((item) => ({ ...qualified(item, own, prefix), key: `${prefix}${item.key}` }));
}

const empty = (key: string): HrdItem => ({ key, comments: [], type: 'unknown', value: '' });

const text = (key: string, value: string): HrdItem => ({ key, comments: [], type: 'base', value });

/** What the grid itself says about the instance; a template cannot. */
const ownItems = ({ identity, checksum, producers = {} }: InstanceParts): HrdItem[] => [
  text('service.domain', identity.domain),
  text('service.name', identity.name),
  text('service.instance', identity.instance),
  text('service.installed.checksum', checksum),
  ...Object.entries(producers).map(([category, producer]) => text(`producer.${category.toLowerCase()}`, producer)),
];

const shortKey = (item: HrdItem) => item.key.slice(item.key.indexOf('.') + 1);

function answered(item: Extract<HrdItem, { type: 'ask' }>, given: GivenArgs): HrdItem {
  const { key, comments, value: ask, prefix } = item;
  const name = [shortKey(item), ask.name?.toLowerCase()].find((one) => one !== undefined && given.has(one));
  if (name === undefined && ask.default === undefined) return item;
  const answer = name === undefined ? defaultOf(ask, key) : answerTo(ask, given.get(name), key);
  return { key, comments, ...(prefix && answer.type === 'base' ? { ...answer, value: `${prefix} ${answer.value}` } : answer) };
}

/** An empty default means "not set" and needs to be nothing else. */
const defaultOf = (ask: AskTags, key: string): HrdValue => (ask.default ? answerTo(ask, ask.default, key) : { type: 'unknown', value: '' });

/** An argument for a key that is no question becomes what the template has there: a list, a dict or a text. */
function overridden(item: HrdItem, given: GivenArgs): HrdItem {
  if (!given.has(shortKey(item))) return item;
  const { key, comments, type } = item;
  return { key, comments, ...(type === 'list' || type === 'dict' ? answerTo({ type }, given.get(shortKey(item)), key) : asHrdValue(given.get(shortKey(item)), key)) };
}

function attempt(found: Problem[], item: HrdItem, make: (item: HrdItem) => HrdItem): HrdItem {
  try {
    return make(item);
  } catch (error) {
    if (!isProblem(error)) throw error;
    // An Error keeps its message to itself when it is spread.
    found.push({ ...error, message: error.message });
    return item;
  }
}

const missingAsk = (item: HrdItem): Ask[] => (item.type === 'ask' ? [{ ...item.value, name: item.value.name ?? shortKey(item), key: item.key }] : []);
