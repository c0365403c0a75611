import { unescape } from '../../model/hrd/escape';
import { usage } from '../exit';

const HOW = "write --data 'param.port:27018 param.text:\\'two words\\'', or 'param.port=27018#param.host=db1'";
const HASHED = /^[\w.-]+=/;

/**
 * What `--data` gives, by key (§5.3): `k:v k:v`, a value with spaces between single quotes or with `\S` for each of them
 * (§5.4.6), or `k=v#k=v`, in which a value is taken as it stands. Throws a usage {@link Failure}.
 */
export function parseDataTags(text: string): Record<string, string> {
  const pairs = HASHED.test(text.trim()) ? text.trim().split(/#(?=[\w.-]+=)/).map((pair) => split(pair, '=')) : tags(text).map((tag) => split(tag, ':'));
  return Object.fromEntries(HASHED.test(text.trim()) ? pairs : pairs.map(([key, value]) => [key, unescape(unquoted(value))]));
}

function split(pair: string, by: string): [string, string] {
  const at = pair.indexOf(by);
  if (at < 1) throw usage(`--data: "${pair}" is not a key with a value`, HOW);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** Words between spaces, of which those between quotes do not separate. */
function tags(text: string): string[] {
  const found = [''];
  for (const [part] of text.matchAll(/\s+|'[^']*'|'|[^\s']+/g)) {
    if (part === "'") throw usage(`--data: a quote is not closed in ${JSON.stringify(text.slice(0, 80))}`, HOW);
    if (part.trim() === '') found.push('');
    else found[found.length - 1] += part;
  }
  return found.filter(Boolean);
}

const unquoted = (value: string): string => (/^'[^']*'$/.test(value) ? value.slice(1, -1) : value);
