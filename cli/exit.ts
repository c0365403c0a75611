/** What the exit code of `grid` says (shown by `grid --help`). */
export const EXIT = { ok: 0, error: 1, usage: 2, waiting: 3, notFound: 4, interrupted: 130 } as const;

export interface FailureDetail extends Told {
  exit: number;
  message: string;
  fix?: string;
  /** HTTP status, when the grid said it. */
  status?: number;
  evidence?: string;
  /** Further problems of the same answer, one line each. */
  more?: string[];
  /** All problems of an answer that has several, the first included. */
  problems?: Told[];
}

/** One problem of an answer; `question` is there when it can be answered. */
export interface Told {
  /** Stable word for programs, as in the API's errors. */
  code?: string;
  message?: string;
  field?: string;
  question?: { path: string; type?: string; dropdownvals?: string[] };
}

/** Ends a command with a message for a person and an exit code for a program. */
export class Failure extends Error {
  constructor(readonly detail: FailureDetail) {
    super(detail.message);
  }
}

export const usage = (message: string, fix: string) => new Failure({ exit: EXIT.usage, code: 'usage', message, fix });
