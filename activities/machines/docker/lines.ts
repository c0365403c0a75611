import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The lines of a stream that have something in them. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = (text + decoder.write(chunk)).split('\n');
    text = lines.pop()!;
    yield* lines.map((line) => line.trim()).filter(Boolean);
  }
  if (text.trim()) yield text.trim();
}
