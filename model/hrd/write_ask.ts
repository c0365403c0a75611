import { bare, quote, quoteRegex, wordOrQuoted } from './escape';
import type { AskTags } from './hrd';

/** The question as its tags are written (§5.4.9); those that were not given, and the type `str`, are left out. */
export function writeAsk(ask: AskTags): string {
  const tags = [
    tag('name', ask.name, wordOrQuoted),
    tag('type', ask.type === 'str' ? undefined : ask.type, String),
    tag('default', ask.default, wordOrQuoted),
    // Two underscores are how a blank is written there.
    tag('descr', ask.descr, (text) => quote(text).replaceAll('__', '_\\u005f')),
    tag('regex', ask.regex, quoteRegex),
    tag('retry', ask.retry, String),
    tag('minValue', ask.minValue, String),
    tag('maxValue', ask.maxValue, String),
    tag('dropdownvals', ask.dropdownvals, (choices) => `'${choices.map(bare).join(',')}'`),
  ];
  return ['@ASK', ...tags.flat()].join(' ');
}

const tag = <T>(name: string, value: T | undefined, write: (value: T) => string): string[] => (value === undefined ? [] : [`${name}:${write(value)}`]);
