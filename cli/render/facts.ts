import type { Paper } from './paper';
import { clean, widthOf } from './text';

/** Names and values below each other, values whole: what is copied from here (ids, addresses) must not lose its end. */
export function factsText(facts: readonly (readonly [string, string])[], paper: Paper): string {
  const told = facts.filter(([, value]) => value);
  const wide = Math.max(0, ...told.map(([name]) => widthOf(name)));
  return told.map(([name, value]) => `  ${paper.color.dim(name.padEnd(wide))}  ${clean(value)}`).join('\n');
}
