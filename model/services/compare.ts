/**
 * Order of two values as scaling rules see it (SG-21): of the same kind by their natural order, otherwise as numbers;
 * below 0, 0 or above 0. Undefined when they have no order.
 */
export function compareValues(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : Number(one > other);
  const [a, b] = [asNumber(one), asNumber(other)];
  return a === undefined || b === undefined ? undefined : a - b;
}

/** A value as rules take it for a number; undefined where it is none. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && value.trim() === '') return undefined;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
