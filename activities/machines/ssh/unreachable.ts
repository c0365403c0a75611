import { problem } from '../../../model/errors';
import { ProblemError } from '../../problem_error';
import type { SshHost } from './connector';

const CODE = 'host_unreachable';

/** What is said while a host cannot be asked. It says nothing about the machines there: they may well run. */
export const unreachable = ({ compute, host, port }: SshHost, reason: string) =>
  new ProblemError(problem(503, CODE, `compute ${compute}: host ${host}:${port} cannot be reached: ${reason}`,
    'See whether the host is up, sshd listens there and the network is whole; then retry.', { evidence: reason }), true);

export const isUnreachable = (error: unknown): error is ProblemError => error instanceof ProblemError && error.problem.code === CODE;
