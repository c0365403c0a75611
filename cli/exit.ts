/** What the exit code of `grid` says (shown by `grid --help`). */
export const EXIT = { ok: 0, error: 1, usage: 2, waiting: 3, notFound: 4, interrupted: 130 } as const;

export interface FailureDetail {
  exit: number;
  message: string;
  fix?: string;
  /** Stable word for programs, as in the API's errors. */
  code?: string;
  /** HTTP status, when the grid said it. */
  status?: number;
  field?: string;
  evidence?: string;
  /** Further problems of the same answer, one line each. */
  more?: string[];
}

/** Ends a command with a message for a person and an exit code for a program. */
export class Failure extends Error {
  constructor(readonly detail: FailureDetail) {
    super(detail.message);
  }
}

export const usage = (message: string, fix: string) => new Failure({ exit: EXIT.usage, code: 'usage', message, fix });
