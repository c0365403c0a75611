import { problem } from '../errors';
import { raise } from '../raise';

/** Where something stands in a text, both counted from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Raises the Problem 400 `invalid_hrd` at a place of the text. */
export function refuseAt({ line, column }: Place, message: string, fix: string, field?: string): never {
  raise(problem(400, 'invalid_hrd', `${message} (line ${line}, column ${column})`, fix, { line, ...(field ? { field } : {}) }));
}

/** Raises the Problem 400 `invalid_hrd_value` about the value of a key. */
export function refuseValue(key: string, message: string, fix: string): never {
  raise(problem(400, 'invalid_hrd_value', `${key}: ${message}`, fix, { field: key }));
}
