import type { Code } from './codes';

/**
 * One problem, said once: what happened, where, and what to do.
 * `code` is stable and for programs, `error` is the façade's short word for it, `fix` tells a person what to do next.
 */
export interface Problem {
  status: number;
  code: Code;
  error: string;
  message: string;
  fix: string;
  /** Where the manual tells of it, relative to the API: added for whoever reads it, see `helpOf`. */
  help?: string;
  /** The field, option or line the problem is about, e.g. `options.size` or `nodes.example0.cpu`. */
  field?: string;
  /** 1-based line in the text that was given, when the problem is in a text. */
  line?: number;
  /** What was seen: last lines of output, the refused value. Never a secret. */
  evidence?: string;
  /** What was asked and not answered: of which service, and what an answer may be. */
  question?: { path: string; type: string; dropdownvals?: string[] };
  /** More of the same kind, when one answer can name several. */
  problems?: Omit<Problem, 'problems'>[];
}

const WORDS: Record<number, string> = {
  400: 'bad request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  405: 'method not supported',
  408: 'request timeout',
  409: 'conflict',
  412: 'precondition failed',
  413: 'payload too large',
  415: 'unsupported media type',
  422: 'unprocessable content',
  428: 'precondition required',
  429: 'too many requests',
  431: 'request header fields too large',
  501: 'not implemented',
  502: 'bad gateway',
  503: 'service unavailable',
  504: 'timed out',
};

export function problem(
  status: number,
  code: Code,
  message: string,
  fix: string,
  more: Partial<Problem> = {},
): Problem {
  return { status, code, error: WORDS[status] ?? 'internal server error', message, fix, ...more };
}

/** Several problems as one: the first speaks, all are listed. */
export function problems(list: Problem[]): Problem {
  const [first, ...rest] = list;
  if (!first) throw new RangeError('problems() needs at least one');
  return rest.length === 0 ? first : { ...first, problems: list };
}

export function isProblem(value: unknown): value is Problem {
  const v = value as Problem | null;
  return typeof v === 'object' && v !== null && typeof v.status === 'number' && typeof v.code === 'string' && typeof v.message === 'string';
}

/** What a process that ends says of why: the problem with what to do about it, or the message alone. */
export const inWords = (error: { message: string }): string => (isProblem(error) ? `${error.message}\n${error.fix}` : error.message);
