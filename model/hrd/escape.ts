const LETTERS: Record<string, string> = { S: ' ', K: ',', D: ':', Q: '"', N: '\n' };
const ESCAPE = /\\(?:([SKDQN])|u([0-9a-f]{4}))/g;
const CODE_ONLY = /\\u([0-9a-f]{4})/g;

/**
 * The text that an escaped one stands for: `\S \K \D \Q \N` are space, comma, colon, double quote and newline (§5.4.6).
 * `\u0023` is ours: without it no value could hold `#`, which begins a comment even between quotes.
 */
export const unescape = (text: string): string =>
  text.replace(ESCAPE, (_, letter?: string, code?: string) => (letter ? LETTERS[letter]! : String.fromCharCode(parseInt(code!, 16))));

/** As {@link unescape} for a regular expression, to which `\S` and `\D` mean something else. */
export const unescapeRegex = (text: string): string => text.replace(CODE_ONLY, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

const coded = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text between single quotes, on one line, from which reading gives the same text. */
export const quote = (text: string): string => `'${text.replace(/\\(?=[SKDQNu])|['#\r]/g, coded).replaceAll('\n', '\\N')}'`;

export const quoteRegex = (text: string): string => `'${text.replace(/\\(?=u)|['#\r\n]/g, coded)}'`;

/** The text without quotes, where something else around it is read first: the keys of a dict, what stands before `@ASK`. */
export const bare = (text: string): string =>
  text.replace(/\\(?=[SKDQNu])|[,:'"#[\]{}@\r\n]|^\s|\s$/g, coded);

const WORD = /^[\w./-]+$/;

/** A text that reads the same without quotes, in quotes otherwise. */
export const wordOrQuoted = (text: string): string => (WORD.test(text) ? text : quote(text));
