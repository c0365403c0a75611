import type { Config } from '../config';
import { isProblem, problem, type Problem } from '../model/errors';
import type { MemberKind } from '../model/members';
import { raise } from '../model/raise';
import { openMetrics } from '../process/metrics/registry';
import { close, listen } from '../process/serve';
import { openTokens, tokenIn, unauthorized } from '../process/tokens';

const ANSWER_MS = 5_000;

/**
 * Serves what a worker counts at `/metrics`, its own and that of Temporal's part of it, to whoever has a token where tokens are in use.
 * @param temporal where Temporal's part tells it, on loopback
 * @returns what ends it
 * @throws what Node says of an address that cannot be had
 */
export async function serveMetrics(kind: MemberKind, { metrics: at, tokens: path, tls }: Required<Pick<Config, 'metrics'>> & Pick<Config, 'tokens' | 'tls'>, temporal: string): Promise<() => Promise<void>> {
  const tokens = path === undefined ? undefined : openTokens(path);
  const metrics = openMetrics(kind);
  const answer = async ({ headers, method, url }: Request): Promise<Response> => {
    tokens?.callerOf(tokenIn((name) => headers.get(name)) ?? raise(unauthorized('no token was sent')));
    if (new URL(url).pathname !== '/metrics') raise(problem(404, 'unknown_path', 'there is nothing here but /metrics', 'Ask for /metrics.'));
    if (method !== 'GET' && method !== 'HEAD') raise(problem(405, 'method_not_allowed', `${method} is not possible here`, 'Use GET, HEAD.'));
    const texts = await Promise.all([metrics.text(), fetch(temporal, { signal: AbortSignal.timeout(ANSWER_MS) }).then((told) => told.text())]);
    return new Response(texts.join('\n'), { headers: { 'content-type': metrics.contentType } });
  };
  const server = await listen((request) => answer(request).catch((error: unknown) => refused(isProblem(error) ? error : silent())), at, tls);
  return () => close(server);
}

const silent = (): Problem => problem(504, 'timed_out', 'Temporal\'s part of this worker does not say what it counted', 'See the log of the worker.');

const MORE: Record<number, Record<string, string>> = { 401: { 'www-authenticate': 'Bearer realm="grid"' }, 405: { allow: 'GET, HEAD' } };

const refused = ({ status, code, error, message, fix }: Problem): Response =>
  new Response(JSON.stringify({ type: `urn:service-grid:problem:${code}`, title: error, status, detail: message, code, fix }), { status, headers: { 'content-type': 'application/problem+json', ...MORE[status] } });
