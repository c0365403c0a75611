import type { HrdDict } from './get';
import type { Hrd, HrdElement, HrdItem } from './hrd';
import { plainValue } from './prefix';

type Plain = string | HrdElement[] | HrdDict;

const NUMBERED = /^(.+)\.(\d+)$/;

/** All values as data, as actions get them: `process.1`, `process.2` become the list `process` (§5.4.11), unless one of them is empty or the name is taken. */
export function asDict(hrd: Hrd): Record<string, Plain | Plain[]> {
  const groups = new Map<string, { number: number; item: HrdItem }[]>();
  for (const item of hrd.items) {
    const [, name, number] = NUMBERED.exec(item.key) ?? [];
    if (name === undefined) continue;
    const group = groups.get(name) ?? [];
    group.push({ number: Number(number), item });
    groups.set(name, group);
  }
  const taken = new Set(hrd.items.map((item) => item.key));
  const lists = [...groups].filter(([name, group]) => !taken.has(name) && group.every(({ item }) => item.value !== ''));
  const grouped = new Set(lists.flatMap(([, group]) => group.map(({ item }) => item)));
  return Object.fromEntries([
    ...hrd.items.filter((item) => !grouped.has(item)).map((item) => [item.key, plainValue(item)] as const),
    ...lists.map(([name, group]) => [name, group.sort((a, b) => a.number - b.number).map(({ item }) => plainValue(item))] as const),
  ]);
}
