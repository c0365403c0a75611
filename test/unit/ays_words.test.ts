import fc from 'fast-check';
import { parseDataTags } from '../../cli/ays/data';
import { aysWords } from '../../cli/ays/words';
import { Failure } from '../../cli/exit';
import { quote } from '../../model/hrd/escape';

describe('--data', () => {
  test.each<[string, Record<string, string>]>([
    ['param.port:27018', { 'param.port': '27018' }],
    ['  a:1\tb:two ', { a: '1', b: 'two' }],
    ['param.url:http://db:1/x', { 'param.url': 'http://db:1/x' }],
    ["param.text:'two words' b:1", { 'param.text': 'two words', b: '1' }],
    ['param.text:two\\Swords\\Kand\\Da\\Ncolon', { 'param.text': 'two words,and:a\ncolon' }],
    ['a:', { a: '' }],
    ['param.port=27018#param.host=db1', { 'param.port': '27018', 'param.host': 'db1' }],
    ['a=x y:z\\S#b=c#d', { a: 'x y:z\\S', b: 'c#d' }],
    ['', {}],
  ])('%j gives %j', (text, values) => expect(parseDataTags(text)).toEqual(values));

  test.each(['word', ':1', "a:'open", '=1', 'a:1 b'])('%j is refused with how to write it', (text) => {
    expect(() => parseDataTags(text)).toThrow(Failure);
  });

  test('every value can be given', () => {
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z][\w.-]{0,8}$/), fc.string({ unit: 'grapheme' }), { noNullPrototype: true }), (values) => {
      expect(parseDataTags(Object.entries(values).map(([key, value]) => `${key}:${quote(value)}`).join(' '))).toEqual(values);
    }));
  });
});

test('flags with two letters are read as one, and those of a command behind -- are its own', () => {
  expect(aysWords(['ays', 'install', '-n', 'redis', '-tn', 'n1', '-tt', 'node.ssh', '-hs', 'f'])).toEqual(['ays', 'install', '-n', 'redis', '--targetname', 'n1', '--targettype', 'node.ssh', '--hrdseed', 'f']);
  expect(aysWords(['ays', 'list', '--', '-tn', '-o'])).toEqual(['ays', 'list', '--', '-tn', '-o']);
  for (const flag of ['-hr', '--hrdreset', '-o', '--offline', '--tolocal']) expect(() => aysWords(['ays', 'install', flag])).toThrow(Failure);
});
