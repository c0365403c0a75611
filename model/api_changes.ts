/** What of an OpenAPI document is read here. */
export interface ApiDocument {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { required?: boolean; content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  [word: string]: unknown;
}

/** Bounds of what a caller sends: how one of them becomes narrower. */
const NARROWER: Record<string, (before: number | undefined, now: number | undefined) => boolean> = {
  minimum: (before, now) => now !== undefined && (before === undefined || now > before),
  minLength: (before, now) => now !== undefined && (before === undefined || now > before),
  minItems: (before, now) => now !== undefined && (before === undefined || now > before),
  maximum: (before, now) => now !== undefined && (before === undefined || now < before),
  maxLength: (before, now) => now !== undefined && (before === undefined || now < before),
  maxItems: (before, now) => now !== undefined && (before === undefined || now < before),
};
/** References may lead back to where they came from. */
const DEEPEST = 12;

/**
 * What a program written for one document would stumble over in another, in words; empty where nothing is. What callers send may
 * only become freer, what they are answered only richer: a path, an answer or a field that was promised stays, of the same type.
 */
export function breakingChanges(before: ApiDocument, now: ApiDocument): string[] {
  return Object.entries(before.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, was]) => {
      const operation = `${method.toUpperCase()} ${path}`;
      const is = now.paths?.[path]?.[method];
      return is ? ofOperation({ before, now }, was, is).map((what) => `${operation}: ${what}`) : [`${operation}: it is gone`];
    }));
}

type Both = { before: ApiDocument; now: ApiDocument };
type Way = 'sent' | 'answered';

function ofOperation(both: Both, was: Operation, is: Operation): string[] {
  return [...ofParameters(both, was, is), ...ofBody(both, was, is), ...ofAnswers(both, was, is)];
}

function ofParameters(both: Both, { parameters: were = [] }: Operation, { parameters: are = [] }: Operation): string[] {
  const keyOf = ({ in: where, name }: { in: string; name: string }) => `${where} parameter ${name}`;
  const known = new Map(were.map((one) => [keyOf(one), one]));
  const left = new Set(are.map(keyOf));
  return [
    ...[...known.keys()].filter((key) => !left.has(key)).map((key) => `${key} is gone`),
    ...are.flatMap((one) => {
      const old = known.get(keyOf(one));
      if (one.required && !old?.required) return [`${keyOf(one)} has to be sent`];
      return old ? ofSchemas(both, old.schema, one.schema, 'sent', keyOf(one)) : [];
    }),
  ];
}

function ofBody(both: Both, { requestBody: was }: Operation, { requestBody: is }: Operation): string[] {
  if (!was) return is?.required ? ['a body has to be sent'] : [];
  if (!is) return ['no body is taken'];
  return [...(is.required && !was.required ? ['a body has to be sent'] : []), ...ofContent(both, was.content, is.content, 'sent', 'the body')];
}

/** Of answers that are refusals only their form is promised, and that has one name. */
const ofAnswers = (both: Both, { responses: were = {} }: Operation, { responses: are = {} }: Operation): string[] =>
  Object.entries(were).filter(([status]) => /^[23]/.test(status)).flatMap(([status, was]) =>
    are[status] ? ofContent(both, was.content, are[status].content, 'answered', `answer ${status}`) : [`answer ${status} is gone`]);

const ofContent = (both: Both, were: Record<string, { schema?: Schema }> = {}, are: Record<string, { schema?: Schema }> = {}, way: Way, at: string): string[] =>
  Object.entries(were).flatMap(([type, was]) => (are[type] ? ofSchemas(both, was.schema, are[type].schema, way, at) : [`${at}: ${type} is gone`]));

function ofSchemas(both: Both, was: Schema | undefined, is: Schema | undefined, way: Way, at: string, depth = 0): string[] {
  const [old, now] = [resolved(both.before, was), resolved(both.now, is)];
  if (!old || depth > DEEPEST) return [];
  if (!now) return way === 'answered' ? [`${at}: nothing is promised of it any more`] : [];
  const deeper = (a: Schema | undefined, b: Schema | undefined, where: string) => ofSchemas(both, a, b, way, where, depth + 1);
  return [
    ...ofTypes(old, now, way, at), ...ofValues(old, now, way, at), ...(way === 'sent' ? ofBounds(old, now, at) : []), ...ofProperties(old, now, way, at, deeper),
    ...(old.items ? deeper(old.items, now.items, `${at}[]`) : []),
    ...(['anyOf', 'oneOf', 'allOf'] as const).flatMap((word) => ofVariants(old[word], now[word], at, deeper)),
  ];
}

function resolved(document: ApiDocument, schema: Schema | undefined): Schema | undefined {
  let at = schema;
  for (let n = 0; at?.$ref !== undefined && n < DEEPEST; n += 1) at = document.components?.schemas?.[at.$ref.split('/').at(-1)!];
  return at;
}

const typesOf = ({ type }: Schema): string[] => (type === undefined ? [] : [type].flat());

function ofTypes(was: Schema, is: Schema, way: Way, at: string): string[] {
  const [before, now] = [typesOf(was), typesOf(is)];
  const takes = (types: string[], type: string) => types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'));
  const [some, all] = way === 'sent' ? [before, now] : [now, before];
  if (some.length === 0 && all.length > 0) return [`${at}: it was of any type and is ${now.join(' or ') || 'of any'}`];
  return some.every((type) => takes(all, type)) ? [] : [`${at}: it was ${before.join(' or ')} and is ${now.join(' or ')}`];
}

function ofValues(was: Schema, is: Schema, way: Way, at: string): string[] {
  const valuesOf = (schema: Schema) => schema.enum ?? ('const' in schema ? [schema.const] : undefined);
  const [some, all] = way === 'sent' ? [valuesOf(was), valuesOf(is)] : [valuesOf(is), valuesOf(was)];
  // New words in an answer are news, as long as not any word may come.
  if (way === 'answered') return all && !some ? [`${at}: any value may be answered`] : [];
  if (!all) return [];
  if (!some) return [`${at}: only ${JSON.stringify(all)} is taken`];
  return some.filter((value) => !all.includes(value)).map((value) => `${at}: ${JSON.stringify(value)} is not taken any more`);
}

const ofBounds = (was: Schema, is: Schema, at: string): string[] => [
  ...Object.entries(NARROWER).filter(([word, narrower]) => narrower(was[word] as number | undefined, is[word] as number | undefined)).map(([word]) => `${at}: ${word} is ${String(is[word])}`),
  ...(is['pattern'] !== undefined && is['pattern'] !== was['pattern'] ? [`${at}: pattern is ${String(is['pattern'])}`] : []),
];

function ofProperties(was: Schema, is: Schema, way: Way, at: string, deeper: (a: Schema | undefined, b: Schema | undefined, where: string) => string[]): string[] {
  const [before, now] = [was.properties ?? {}, is.properties ?? {}];
  const required = (schema: Schema, name: string) => schema.required?.includes(name) ?? false;
  const kept = Object.keys(before).flatMap((name) => {
    const where = `${at}.${name}`;
    if (!now[name]) return way === 'answered' || is.additionalProperties === false ? [`${where} is gone`] : [];
    if (way === 'answered' && required(was, name) && !required(is, name)) return [`${where} may be missing`];
    return deeper(before[name], now[name], where);
  });
  const wanted = way === 'sent' ? (is.required ?? []).filter((name) => !required(was, name)).map((name) => `${at}.${name} has to be sent`) : [];
  return [...kept, ...wanted];
}

/** Variants are compared by their place: whoever adds one puts it last. */
function ofVariants(were: Schema[] | undefined, are: Schema[] | undefined, at: string, deeper: (a: Schema | undefined, b: Schema | undefined, where: string) => string[]): string[] {
  if (!were) return [];
  if (!are || are.length < were.length) return [`${at}: one of its forms is gone`];
  return were.flatMap((was, n) => deeper(was, are[n], at));
}
