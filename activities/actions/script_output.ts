import { StringDecoder } from 'node:string_decoder';
import { boundedOutput } from '../bounded_output';

export interface ScriptOutput {
  write(chunk: Buffer, stream: 'stdout' | 'stderr'): void;
  /** Passes on what is left, and after it a last line of ours. */
  close(note?: string): void;
  text(): string;
  /** How much was printed in all. */
  bytes(): number;
}

/** A line that does not end is passed on in pieces of this length. */
const MAX_LINE = 16 * 1024;

/**
 * What a script prints on both of its streams, in the order of its lines. `hide` maps texts that must not be seen
 * (a token, a path of the host) to what is shown instead; lines are kept whole for that.
 */
export function scriptOutput(keepBytes: number, hide: [string, string][], onOutput?: (text: string) => void): ScriptOutput {
  const kept = boundedOutput(keepBytes);
  const streams = { stdout: { decoder: new StringDecoder('utf8'), rest: '' }, stderr: { decoder: new StringDecoder('utf8'), rest: '' } };
  let bytes = 0;
  let lineOpen = false;

  function pass(text: string): void {
    if (!text) return;
    const shown = hide.reduce((seen, [secret, instead]) => seen.replaceAll(secret, instead), text);
    kept.write(Buffer.from(shown));
    lineOpen = !shown.endsWith('\n');
    onOutput?.(shown);
  }

  return {
    write(chunk, name) {
      bytes += chunk.length;
      const stream = streams[name];
      const text = stream.rest + stream.decoder.write(chunk);
      const end = text.length > MAX_LINE ? text.length : text.lastIndexOf('\n') + 1;
      stream.rest = text.slice(end);
      pass(text.slice(0, end));
    },
    close(note) {
      for (const stream of Object.values(streams)) pass(stream.rest + stream.decoder.end());
      if (note) pass(`${lineOpen ? '\n' : ''}${note}\n`);
    },
    text: () => kept.text(),
    bytes: () => bytes,
  };
}
