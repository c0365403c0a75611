import { getNodeValue, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

/** Deeper than any document of ours; what works on values recursively must not run out of stack. */
const MAX_DEPTH = 64;

/**
 * The value of a JSON text. With `lenient`, missing and trailing commas are overlooked, as in the samples of seed 002,
 * and nothing else is.
 * @throws Problem 400 `invalid_json` with line and column, `json_too_deep`
 */
export function parseJson(text: string, { lenient }: { lenient: boolean }): unknown {
  try {
    return refuseDeep(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const errors: ParseError[] = [];
  const root = tree(text, errors, lenient);
  const objection = errors.find(({ error }) => !(lenient && printParseErrorCode(error) === 'CommaExpected'));
  if (objection || !root) raise(notJson(text, objection));
  // Back through JSON: the tree's objects have no prototype.
  return JSON.parse(JSON.stringify(refuseDeep(getNodeValue(root))));
}

function tree(text: string, errors: ParseError[], lenient: boolean) {
  try {
    return parseTree(text, errors, { disallowComments: true, allowTrailingComma: lenient });
  } catch (error) {
    if (error instanceof RangeError) raise(tooDeep());
    throw error;
  }
}

function refuseDeep(value: unknown): unknown {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) raise(tooDeep());
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
  return value;
}

function notJson(text: string, at: ParseError | undefined) {
  const before = text.slice(0, at?.offset ?? 0).split('\n');
  const line = before.length;
  const what = at ? printParseErrorCode(at.error).replaceAll(/\B[A-Z]/g, (c) => ` ${c.toLowerCase()}`) : 'Value expected';
  return problem(400, 'invalid_json', `the body is not JSON: ${what} at line ${line}, column ${before.at(-1)!.length + 1}`, 'Correct the body there.', { line });
}

const tooDeep = () => problem(400, 'json_too_deep', `the body is nested deeper than ${MAX_DEPTH} levels`, 'Send a flatter document.');
