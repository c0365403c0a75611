import fc from 'fast-check';
import { records } from '../../../activities/machines/mesos/client/record_io';

const stream = async function* (chunks: readonly Uint8Array[]) { yield* chunks; };
async function read(chunks: readonly Uint8Array[]): Promise<string[]> {
  const found: string[] = [];
  for await (const record of records(stream(chunks))) found.push(record.toString('utf8'));
  return found;
}

const written = (texts: readonly string[]) => Buffer.concat(texts.map((text) => Buffer.concat([Buffer.from(`${Buffer.byteLength(text)}\n`), Buffer.from(text)])));

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

test('what was written is read, however the stream is cut into chunks', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), async (texts, places) => {
    expect(await read(cutAt(written(texts), places))).toEqual(texts);
  }));
});

test('what the stream ends in the middle of is no record', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.string(), { minLength: 1 }), fc.nat(), async (texts, place) => {
    const bytes = written(texts);
    const whole = await read([bytes.subarray(0, place % bytes.length)]);
    expect(texts.slice(0, whole.length)).toEqual(whole);
    expect(whole.length).toBeLessThan(texts.length);
  }));
});

test.each([
  ['<html>', 'no sequence of records'], ['12x\n', 'no sequence of records'], ['-1\n', 'no sequence of records'], ['999999999999', 'longer than any event'], ['99999999\n', 'longer than any event'],
])('%j is no such stream', async (text, why) => {
  await expect(read([Buffer.from(text)])).rejects.toThrow(why);
});

test('a record that comes in fifty thousand pieces takes no more than its own memory', async () => {
  const text = 'x'.repeat(50_000);
  const bytes = written([text]);
  const one = async function* () { for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1); };
  for await (const record of records(one())) expect(record.length).toBe(text.length);
});
