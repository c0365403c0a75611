import { problem } from '../../model/errors';
import { ProblemError } from '../problem_error';
import type { Address } from './address';
import type { Answer } from './exchange';
import { plainText } from './plain_text';

/** The connector answered, but not with what its contract has: 502 `connector_failed`. */
export class Refused extends ProblemError {
  /** Status of the connector's answer. */
  readonly answered: number;

  constructor({ compute, base }: Address, service: string, { status, text }: Answer) {
    const said = plainText(text);
    super(problem(502, 'connector_failed', `compute ${compute}: asked about service ${service}, the connector answered ${status}${said && `: ${said}`}`,
      fixOf(status, base, service), { error: 'bad gateway' }));
    this.answered = status;
  }
}

function fixOf(status: number, base: string, service: string): string {
  if (status === 501) return `Define ${service} there (POST ${base}/service), then try again.`;
  if (status === 401 || status === 403) return `Have the connector at ${base} let this grid in.`;
  if (status >= 300 && status < 400) return 'Give the compute the address that it leads to: redirects are not followed.';
  return `See the log of the connector at ${base}, and that what answers there is a genisys connector.`;
}
