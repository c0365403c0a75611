import type { HrdElement, HrdItem } from './hrd';

/** `$(key)`; what else stands in brackets is text. */
export const REFERENCE = /\$\(([\w.-]+)\)/g;

/** The key that a text refers to, when it is nothing but one reference. */
export const referenceAlone = (text: string): string | undefined => /^\$\(([\w.-]+)\)$/.exec(text)?.[1];

/** The keys that a value refers to, each once. */
export function referencesIn(item: HrdItem): string[] {
  const found = new Set<string>();
  const collect = (text: string) => {
    for (const [, key] of text.matchAll(REFERENCE)) found.add(key!.toLowerCase());
    return text;
  };
  if (item.type !== 'ask') mapTexts(item, collect);
  return [...found];
}

/** The item with its references to `own` keys put under a prefix, as the keys of a template are in an instance. */
export const qualified = (item: HrdItem, own: ReadonlySet<string>, prefix: string): HrdItem =>
  mapTexts(item, (text) => text.replace(REFERENCE, (whole, key: string) => (own.has(key.toLowerCase()) ? `$(${prefix}${key.toLowerCase()})` : whole)));

/** Every text of a value rewritten, and the default of a question. */
function mapTexts(item: HrdItem, map: (text: string) => string): HrdItem {
  const element = (one: HrdElement): HrdElement => (typeof one === 'string' ? map(one) : one.map((inner) => (typeof inner === 'string' ? map(inner) : inner)));
  switch (item.type) {
    case 'base':
      return { ...item, value: map(item.value) };
    case 'list':
      return { ...item, value: item.value.map(element) };
    case 'dict':
      return { ...item, value: item.value.map(([name, value]): [string, HrdElement] => [name, element(value)]) };
    case 'ask':
      return item.value.default === undefined ? item : { ...item, value: { ...item.value, default: map(item.value.default) } };
    default:
      return item;
  }
}
