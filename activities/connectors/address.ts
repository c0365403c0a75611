import { throwProblem } from '../problem_error';

/** Where a connector is, and as whom it is asked. */
export interface Address {
  compute: string;
  /** Origin and path without a slash at the end, without credentials: this may be shown. */
  base: string;
  /** Value of the header Authorization. */
  authorization?: string;
}

/**
 * Reads an `http:` or `https:` connector.
 * @throws ProblemError 400 `bad_connector`; what is refused is not repeated, since it may hold a secret.
 */
export function readAddress(compute: string, connector: string): Address {
  const url = URL.canParse(connector) ? new URL(connector) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throwProblem(400, 'bad_connector', `compute ${compute}: the connector is not the address of a genisys connector`,
      'Write it as http://host:port, without parameters.', { field: 'connector' });
  }
  const base = url.origin + url.pathname.replace(/\/+$/, '');
  return { compute, base, ...(url.username || url.password ? { authorization: basic(url) } : {}) };
}

const basic = ({ username, password }: URL): string => `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;

/** A percent sign that escapes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
