/** One server-sent event; of a stream's other lines nothing is told but that it said something. */
export interface SentEvent {
  event: string;
  id?: string;
  data: string;
}

/** Reads a stream of server-sent events piece by piece, wherever it is cut. */
export function eventReader(take: (event: SentEvent) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const frames = (rest + text.replaceAll('\r', '')).split('\n\n');
    rest = frames.pop()!;
    for (const frame of frames) {
      const fields = frame.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
      const of = (name: string) => fields.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ''));
      const data = of('data');
      if (data.length > 0) take({ event: of('event').at(-1) ?? 'message', ...(of('id').length > 0 ? { id: of('id').at(-1)! } : {}), data: data.join('\n') });
    }
  };
}
