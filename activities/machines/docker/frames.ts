import type { Readable } from 'node:stream';

/** One piece of what a container or a command in it printed. */
export interface Frame {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

const HEADER_BYTES = 8;

/**
 * Takes apart what the engine puts together: before each piece comes its kind and, in the last four of eight bytes, its
 * length. Ends where the stream does, also in the middle of a piece.
 */
export async function* framesOf(stream: Readable): AsyncGenerator<Frame> {
  let held: Buffer[] = [];
  let size = 0;
  let wanted = HEADER_BYTES;
  let kind: number | undefined;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held.push(chunk);
    size += chunk.length;
    while (size >= wanted) {
      const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
      const part = bytes.subarray(0, wanted);
      held = [bytes.subarray(wanted)];
      size -= wanted;
      if (kind === undefined) {
        kind = part[0]!;
        wanted = part.readUInt32BE(4);
      } else {
        yield { stream: kind === 2 ? 'stderr' : 'stdout', data: part };
        kind = undefined;
        wanted = HEADER_BYTES;
      }
    }
  }
}
