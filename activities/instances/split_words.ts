/** What only a shell would understand, outside of quotes. */
const SHELL_ONLY = /[;|&<>`$*?~#(){}\n]/;
/** A reference to another value of the HRD. */
const REFERENCE = /^\$\([\w.-]+\)/;

/**
 * The words of a command line: parted by blanks, with quotes as a shell has them. References such as `$(instance.param.port)`
 * stay as they are: what they stand for is put in afterwards, so that it can never become a second word.
 * @throws RangeError for what only a shell would understand, and for a quote that does not end.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length;) {
    const char = line[at]!;
    const reference = REFERENCE.exec(line.slice(at))?.[0];
    if (reference) {
      word = (word ?? '') + reference;
      at += reference.length;
    } else if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
    } else if (char === "'" || char === '"') {
      const end = line.indexOf(char, at + 1);
      if (end < 0) throw new RangeError(`the quote ${char} does not end`);
      word = (word ?? '') + line.slice(at + 1, end);
      at = end + 1;
    } else if (char === '\\' && at + 1 < line.length) {
      word = (word ?? '') + line[at + 1]!;
      at += 2;
    } else if (SHELL_ONLY.test(char)) {
      throw new RangeError(`${char} means something to a shell only`);
    } else {
      word = (word ?? '') + char;
      at += 1;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
