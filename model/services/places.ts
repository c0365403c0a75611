import type { Wish } from './wish';

/**
 * How many of a service are wanted where, by compute: what `places` says, and the rest on the compute that it was
 * installed on. That one is first, the others follow in the order in which they were named.
 */
export function numbersOn({ planned, compute, places = {} }: Wish): Record<string, number> {
  const elsewhere = Object.values(places).reduce((sum, n) => sum + n, 0);
  return { [compute]: planned - elsewhere, ...places };
}

const isCounted = ({ counted = [] }: Wish, compute: string) => counted.includes(compute);

/** Those on computes whose machines the grid starts itself: each is an instance with an agent. */
export const ownNumbers = (wish: Wish): Record<string, number> => onlyOn(wish, (compute) => !isCounted(wish, compute));

/** Those on connectors of others, which only count (G-10). */
export const countedNumbers = (wish: Wish): Record<string, number> => onlyOn(wish, (compute) => isCounted(wish, compute));

const onlyOn = (wish: Wish, fits: (compute: string) => boolean): Record<string, number> =>
  Object.fromEntries(Object.entries(numbersOn(wish)).filter(([compute]) => fits(compute)));

/** The wish with another number on one compute; all others keep theirs. */
export function scaledOn(wish: Wish, compute: string, number: number, counted: boolean): Wish {
  const before = numbersOn(wish)[compute] ?? 0;
  const places = compute === wish.compute ? wish.places : { ...wish.places, [compute]: number };
  return {
    ...wish,
    planned: wish.planned + number - before,
    ...(places ? { places } : {}),
    ...(counted && !isCounted(wish, compute) ? { counted: [...(wish.counted ?? []), compute] } : {}),
  };
}

/** The wish with all that is on one compute on another. */
export function moved(wish: Wish, from: string, to: string): Wish {
  const numbers = numbersOn(wish);
  const counted = isCounted(wish, from);
  return scaledOn(scaledOn(wish, to, (numbers[to] ?? 0) + (numbers[from] ?? 0), counted), from, 0, counted);
}

/** The wish with another number in all: the compute that it was installed on takes the difference, then the one named last. */
export function scaledTo(wish: Wish, planned: number): Wish {
  const { places } = wish;
  if (!places) return { ...wish, planned };
  let surplus = Object.values(places).reduce((sum, n) => sum + n, 0) - planned;
  const fewer = { ...places };
  for (const compute of Object.keys(places).reverse()) {
    const going = Math.max(0, Math.min(surplus, fewer[compute]!));
    fewer[compute]! -= going;
    surplus -= going;
  }
  return { ...wish, planned, places: fewer };
}
