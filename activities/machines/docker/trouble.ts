import { problem, type Problem } from '../../../model/errors';
import { ProblemError } from '../../problem_error';
import type { DockerHost } from './connector';

const UNREACHABLE = 'engine_unreachable';

/** What the engine itself answered when it did not do what it was asked. Where nobody minds, it is a Problem. */
export class EngineRefusal extends ProblemError {
  constructor(host: DockerHost, readonly status: number, readonly said: string) {
    super(asProblem(host, status, said), status >= 500);
  }
}

function asProblem({ compute }: DockerHost, status: number, said: string): Problem {
  const more = { evidence: said };
  if (/no space left on device/i.test(said)) {
    return problem(503, 'disk_full', `compute ${compute}: the disk of its engine is full`, 'Make room there, e.g. with docker system prune, then retry.', more);
  }
  return status >= 500
    ? problem(503, 'engine_failed', `compute ${compute}: its engine failed: ${said.slice(0, 200)}`, 'See what it says, and its log; then retry.', more)
    : problem(422, 'engine_refused', `compute ${compute}: its engine refused what it was asked for: ${said.slice(0, 200)}`, 'See what it says.', more);
}

/** True when the engine answered, and so. */
export const isRefusal = (error: unknown, ...statuses: number[]): error is EngineRefusal =>
  error instanceof EngineRefusal && (statuses.length === 0 || statuses.includes(error.status));

/** True when it is not known whether what was asked for was done. */
export const isUnknown = (error: unknown): boolean =>
  isUnreachable(error) || (error instanceof EngineRefusal && error.status >= 500);

export const isUnreachable = (error: unknown): error is ProblemError => error instanceof ProblemError && error.problem.code === UNREACHABLE;

/** While an engine cannot be asked nothing is said about the machines there: they may well run. */
export const unreachable = (host: DockerHost, reason: string) =>
  new ProblemError(problem(503, UNREACHABLE, `compute ${host.compute}: its engine at ${placeOf(host)} cannot be reached: ${reason}`,
    'See whether the engine runs and listens there; then retry.', { field: 'connector', evidence: reason }), true);

const LONGEST_SAYING = 1_000;
const OF_CONNECTIONS = /^(E(?!RR_)[A-Z]|HPE_|ABORT_ERR$|ERR_STREAM_PREMATURE_CLOSE$)/;
const OF_TLS = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO)/;

/** What went wrong in a call, as an error whose text can be shown. */
export function troubleWith(host: DockerHost, error: unknown): Error {
  if (error instanceof ProblemError) return error;
  const { statusCode, json, code = '', message } = error as NodeJS.ErrnoException & { statusCode?: number; json?: { message?: string } };
  if (statusCode !== undefined) return new EngineRefusal(host, statusCode, (json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]* - /, '')).trim().slice(0, LONGEST_SAYING));
  if (code === 'EACCES' || code === 'EPERM') {
    return new ProblemError(problem(403, 'engine_denied', `compute ${host.compute}: the grid may not use the engine at ${placeOf(host)}`,
      'Let its user: usually by adding it to the group docker, then starting the grid anew.', { field: 'connector', evidence: code }));
  }
  if (OF_TLS.test(code)) {
    return new ProblemError(problem(422, 'engine_untrusted', `compute ${host.compute}: the engine at ${placeOf(host)} and the grid do not trust each other`,
      'See that ca= holds what signed the certificate of the engine, that this names its host, and that cert= and key= are ones it takes.', { field: 'connector', evidence: code }));
  }
  return OF_CONNECTIONS.test(code) ? unreachable(host, code) : (error as Error);
}

function placeOf({ at }: DockerHost): string {
  if (!('socket' in at)) return `${at.host}:${at.port}`;
  return at.ssh ? `${at.ssh.user}@${at.ssh.host}:${at.ssh.port}:${at.socket}` : at.socket;
}
