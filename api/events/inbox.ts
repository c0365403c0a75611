/** What comes for one reader, in order, until it is closed. */
export interface Inbox<T> {
  put(item: T): void;
  /** The next one; `waited` when nothing came in time, `closed` when nothing more will. */
  next(withinMs: number): Promise<{ item: T } | 'waited' | 'closed'>;
  close(): void;
}

/** @param most a reader that is behind by more than this is not waited for: its inbox closes, and it takes up where it was */
export function openInbox<T>(most: number): Inbox<T> {
  const items: T[] = [];
  let closed = false;
  let wake = () => {};
  return {
    put(item) {
      if (closed) return;
      if (items.length >= most) closed = true;
      else items.push(item);
      wake();
    },
    async next(withinMs) {
      if (items.length === 0 && !closed) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, withinMs);
        });
        clearTimeout(timer);
      }
      if (items.length > 0) return { item: items.shift()! };
      return closed ? 'closed' : 'waited';
    },
    close() {
      closed = true;
      wake();
    },
  };
}
