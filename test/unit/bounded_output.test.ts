import fc from 'fast-check';
import { boundedOutput, fromCharacter, toCharacter } from '../../activities/bounded_output';

const chunks = fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).map((b) => b & 0x7f)));

test('of whatever is written, in whatever pieces, the last bytes are kept', () => {
  fc.assert(fc.property(chunks, fc.integer({ min: 1, max: 64 }), (pieces, keep) => {
    const output = boundedOutput(keep);
    for (const piece of pieces) output.write(Buffer.from(piece));
    const all = Buffer.concat(pieces.map((p) => Buffer.from(p)));
    expect(output.text()).toBe(all.subarray(Math.max(0, all.length - keep)).toString());
    expect(output.truncated()).toBe(all.length > keep);
  }));
});

test('a cut never leaves half a character at the beginning', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 4, max: 32 }), (text, keep) => {
    const output = boundedOutput(keep);
    output.write(Buffer.from(text));
    expect(text.endsWith(output.text())).toBe(true);
  }));
});

test('a text read in two pieces, each cut at a character, is the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.nat(), (text, at) => {
    const bytes = Buffer.from(text);
    const first = toCharacter(bytes.subarray(0, at % (bytes.length + 1)));
    expect(first.toString() + bytes.subarray(first.length).toString()).toBe(text);
  }));
});

test('a whole text is left as it is', () => {
  expect(fromCharacter(Buffer.from('äöü')).toString()).toBe('äöü');
  expect(toCharacter(Buffer.from('äöü')).toString()).toBe('äöü');
});
