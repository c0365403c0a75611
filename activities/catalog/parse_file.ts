import { LineCounter, parseDocument } from 'yaml';
import { problem } from '../../model/errors';
import { ProblemError } from '../problem_error';

/** One file of a product: its name from the catalog's directory on, as problems call it, and its text. */
export interface CatalogFile {
  name: string;
  text: string;
}

export interface ParsedFile {
  value: unknown;
  /** 1-based line of the value at this path, or of the nearest one around it that has a line. */
  lineOf(path: string[]): number;
}

const MAX_ALIASES = 100;

/** Reads JSON, or YAML of which JSON is a part. @throws ProblemError 400 with file and line. */
export function parseFile({ name, text }: CatalogFile): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) wrongIn(name, lines.linePos(error.pos[0]).line, error.message, 'Correct the file at that line.');

  function lineOf(path: string[]): number {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
    return path.length > 0 ? lineOf(path.slice(0, -1)) : 1;
  }

  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), lineOf };
  } catch (thrown) {
    return wrongIn(name, 1, thrown instanceof Error ? thrown.message : 'it cannot be read', 'Use fewer aliases.');
  }
}

/** The one form of problem that a catalog has: file and line first, then what is wrong. */
export function wrongIn(file: string, line: number | undefined, message: string, fix: string): never {
  const where = line === undefined ? file : `${file}:${line}`;
  throw new ProblemError(problem(400, 'broken_catalog', `${where}: ${message}`, fix, { field: file, ...(line === undefined ? {} : { line }) }));
}
