interface Batch<T, R> {
  items: T[];
  answers: Promise<R[]>;
}

const open = new Map<string, Batch<never, never>>();

/**
 * The same question, asked for many things in one moment, as one: what is launched together is placed and launched together.
 * @param ask answers in the order of its items
 */
export function together<T, R>(name: string, ask: (items: T[]) => Promise<R[]>): (item: T) => Promise<R> {
  return async (item) => {
    let batch = open.get(name) as Batch<T, R> | undefined;
    if (!batch) {
      const items: T[] = [];
      batch = { items, answers: new Promise((resolve) => setImmediate(() => {
        open.delete(name);
        resolve(ask(items));
      })) };
      open.set(name, batch as unknown as Batch<never, never>);
    }
    const index = batch.items.push(item) - 1;
    return (await batch.answers)[index]!;
  };
}
