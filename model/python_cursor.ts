import { problem } from './errors';
import { raise } from './raise';

/** A place in the text of a Python file, and the only way on through it. */
export interface Cursor {
  /** The character here; `''` at the end. */
  peek(): string;
  /** The text that the pattern (sticky) matches here, taken; or undefined, with nothing taken. */
  take(pattern: RegExp): string | undefined;
  /** Passes blanks and comments; line ends too, when `lines` says so. */
  skip(lines: boolean): void;
  /** Where it is now, for `refuse`. */
  at(): number;
  /** @throws Problem 400 `not_plain_data` naming line and column, both from 1 on */
  refuse(what: string, at?: number): never;
}

const BLANKS = /(?:[ \t\f]|\\\n|#[^\n]*)+/y;
const BLANKS_AND_LINES = /(?:[ \t\f\n]|\\\n|#[^\n]*)+/y;

export function cursorOver(text: string): Cursor {
  let here = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = here;
    const found = pattern.exec(text)?.[0];
    here += found?.length ?? 0;
    return found;
  };
  return {
    peek: () => text.charAt(here),
    take,
    skip: (lines) => void take(lines ? BLANKS_AND_LINES : BLANKS),
    at: () => here,
    refuse(what, at = here) {
      const before = text.slice(0, at).split('\n');
      const line = before.length;
      raise(problem(400, 'not_plain_data', `line ${line}, column ${before.at(-1)!.length + 1}: ${what}`,
        'Write only name = {…}, with text, numbers, True, False, None, lists, tuples and dicts in it; the file is read, never run.', { line }));
    },
  };
}
