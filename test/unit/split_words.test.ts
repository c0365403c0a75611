import fc from 'fast-check';
import { splitWords } from '../../activities/instances/split_words';

const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes("'"));

test('words that are quoted come back as they were, whatever they hold', () => {
  fc.assert(fc.property(fc.array(word), fc.constantFrom(' ', '  ', '\t'), (words, blank) => {
    expect(splitWords(words.map((one) => `'${one}'`).join(blank))).toEqual(words);
  }));
});

test('plain words are parted by blanks', () => {
  fc.assert(fc.property(fc.array(fc.stringMatching(/^[\w./:=@,%+-]+$/)), (words) => {
    expect(splitWords(` ${words.join('   ')} `)).toEqual(words);
  }));
});

test.each([
  [`--name="a b"c 'd'"e"`, ['--name=a bc', 'de']],
  [`a\\ b \\'c`, ['a b', `'c`]],
  [`''`, ['']],
  [`--port $(instance.param.port) x$(service.name)y`, ['--port', '$(instance.param.port)', 'x$(service.name)y']],
  ['', []],
])('%p', (line, words) => expect(splitWords(line)).toEqual(words));

test.each(['a; b', 'a | b', 'a && b', 'a > f', 'a < f', '`a`', '$(a b)', '$HOME', 'a*', '~/a', 'a #b', 'a\nb', `'a`, 'a "b', '(a)'])('%p means something to a shell only', (line) => {
  expect(() => splitWords(line)).toThrow(RangeError);
});
