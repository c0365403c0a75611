import { numberIn } from '../options';
import { unescapeRegex } from './escape';
import { ASK_TYPES, type AskTags, type AskType } from './hrd';
import { splitPieces, unquote } from './pieces';
import { refuseAt, type Place } from './refuse';

const SAME: Record<string, AskType> = { string: 'str', integer: 'int', boolean: 'bool' };

/** The tags behind an `@ASK` (§5.4.9); tags that it does not know are passed over. Raises Problem 400 at `place` for a tag that cannot mean anything. */
export function readAsk(text: string, place: Place, key: string): AskTags {
  const tags = new Map(tokens(text).flatMap((token) => tagOf(token)));
  const [name, descr, regex, given, choices] = ['name', 'descr', 'regex', 'default', 'dropdownvals'].map((tag) => tags.get(tag));
  const type = askType(tags.get('type'), place, key);
  const dropdownvals = choices === undefined ? undefined : splitPieces(stripped(choices), 'inline').map((piece) => unquote(piece.text));
  if (type === 'dropdown' && !dropdownvals?.length) refuseAt(place, `${key} is a dropdown without choices`, 'Add dropdownvals:one,two.', key);
  const number = (tag: string) => askNumber(tags.get(tag.toLowerCase()), tag, place, key);
  return leaveOut({
    name: unquote(name ?? '') || undefined,
    type,
    descr: descr === undefined ? undefined : unquote(descr.replaceAll('__', ' ')),
    default: given === undefined ? undefined : unquote(given),
    regex: unescapeRegex(stripped(regex ?? '')) || undefined,
    retry: number('retry'),
    minValue: number('minValue'),
    maxValue: number('maxValue'),
    dropdownvals,
  });
}

/** Words between spaces, of which those between quotes do not separate. */
function tokens(text: string): string[] {
  const found = [''];
  for (const [part] of text.matchAll(/\s+|'[^']*'|'|[^\s']+/g)) {
    if (part.trim() === '') found.push('');
    else found[found.length - 1] += part;
  }
  return found;
}

function tagOf(token: string): [string, string][] {
  const colon = token.indexOf(':');
  return colon < 0 ? [] : [[token.slice(0, colon).toLowerCase(), token.slice(colon + 1)]];
}

const stripped = (text: string) => (/^'[^']*'$/.test(text) ? text.slice(1, -1) : text);

function askType(text: string | undefined, place: Place, key: string): AskType {
  const word = unquote(text ?? 'str').toLowerCase();
  const type = ASK_TYPES.find((known) => known === (SAME[word] ?? word));
  return type ?? refuseAt(place, `${key} asks for the type ${word.slice(0, 60)}, which there is not`, `Use one of ${ASK_TYPES.join(', ')}.`, key);
}

function askNumber(text: string | undefined, tag: string, place: Place, key: string): number | undefined {
  if (text === undefined) return undefined;
  const number = numberIn(unquote(text));
  // Not the number -0, which is written as 0.
  return number === undefined ? refuseAt(place, `${key} has the ${tag} ${text.slice(0, 60)}, which is not a number`, `Write a number, such as ${tag}:1.`, key) : number + 0;
}

const leaveOut = (tags: { [Tag in keyof AskTags]: AskTags[Tag] | undefined }): AskTags =>
  Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined)) as unknown as AskTags;
