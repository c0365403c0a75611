import type { PlaceRules } from './compute';

const RULES = ['tags', 'near', 'apart', 'hostTags', 'group'] as const;

/** The rules alone, those that ask something: what is kept with an allocation. */
export const rulesOf = (asked: PlaceRules): PlaceRules =>
  Object.fromEntries(RULES.flatMap((rule) => (asked[rule]?.length ? [[rule, asked[rule]]] : [])));

const same = (a: PlaceRules, b: PlaceRules, rules: readonly (keyof PlaceRules)[]): boolean =>
  rules.every((rule) => JSON.stringify(a[rule] ?? []) === JSON.stringify(b[rule] ?? []));

/** 0: both ask the same; 1: they differ in how other nodes mean them, and in nothing that they ask; 2: they ask something else. */
export function ruleChange(a: PlaceRules, b: PlaceRules): 0 | 1 | 2 {
  if (same(a, b, RULES)) return 0;
  return same(a, b, ['near', 'apart', 'hostTags']) ? 1 : 2;
}
