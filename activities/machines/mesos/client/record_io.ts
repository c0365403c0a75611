/** More than any event of a master: its whole state is told in a few MB. */
const MAX_RECORD_BYTES = 64 * 2 ** 20;
const MAX_DIGITS = String(MAX_RECORD_BYTES).length;
const [ZERO, NINE, NEWLINE] = ['0', '9', '\n'].map((sign) => sign.charCodeAt(0)) as [number, number, number];

/**
 * Takes a RecordIO stream apart: decimal length, a newline, so many bytes. How it is cut into chunks means nothing; what
 * the stream ends in the middle of is dropped.
 * @throws RangeError for what is no such stream.
 */
export async function* records(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let digits = '';
  let record: Buffer | undefined;
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      if (record) {
        const taken = Math.min(record.length - filled, chunk.length - at);
        record.set(chunk.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
      } else if (chunk[at] === NEWLINE && digits) {
        record = Buffer.alloc(lengthOf(digits));
        filled = 0;
        at += 1;
      } else {
        digits += digitOf(chunk[at]!);
        if (digits.length > MAX_DIGITS) throw new RangeError('a record of the stream is longer than any event');
        at += 1;
      }
      if (record && filled === record.length) {
        yield record;
        record = undefined;
        digits = '';
      }
    }
  }
}

function digitOf(byte: number): string {
  if (byte < ZERO || byte > NINE) throw new RangeError('the stream is no sequence of records: a length has something else than digits');
  return String.fromCharCode(byte);
}

function lengthOf(digits: string): number {
  const length = Number(digits);
  if (length > MAX_RECORD_BYTES) throw new RangeError('a record of the stream is longer than any event');
  return length;
}
