import { tripleNamed } from './environment/identity';
import { kindOf, type LifecycleKind } from './ids';

const PARTS: Partial<Record<LifecycleKind, number>> = { product: 3, cluster: 5 };

/** Whether this can be the id of one lifecycle, rather than the beginning of one: things may be called like what is asked of them. */
export function isWholeId(id: string): boolean {
  const [, ...rest] = id.split('/');
  const kind = kindOf(id);
  if (kind === 'instance') return rest.every((part) => tripleNamed(part) !== undefined) || (rest.length === 2 && /^\d+$/.test(rest[1]!));
  return kind !== undefined && rest.length === (PARTS[kind] ?? 2) - 1;
}
