import { setTimeout as delay } from 'node:timers/promises';
import type { AgentProgram } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import type { SshHost } from './connector';
import type { Address } from './forward';
import type { Session } from './session';
import { sessionOf } from './sessions';
import { behindLoopback, candidatePorts } from './temporal_place';

const ANSWER_WITHIN_MS = 1_000;
const CALL_LIMIT_MS = 30_000;
/** Who held the port may just be letting go of it. */
const ATTEMPTS = 10;
const PAUSE_MS = 300;

/**
 * See `Driver.agentProgram`. A Temporal that listens on loopback of the grid's host is led to from loopback of this one.
 * @throws ProblemError 422 `forwarding_refused`, 409 `no_free_port`, and as `Session.agentProgram`
 */
export async function agentProgram(host: SshHost, temporalAddress: string): Promise<AgentProgram> {
  const session = await sessionOf(host);
  const to = behindLoopback(temporalAddress);
  const env = to && { TEMPORAL_ADDRESS: `127.0.0.1:${await portFor(session, host, to)}` };
  return { ...(await session.agentProgram()), ...(env ? { env } : {}) };
}

/** The port is chosen once and for all: agents that run know no other. */
async function portFor(session: Session, host: SshHost, to: Address): Promise<number> {
  const where = `compute ${host.compute}: host ${host.host}:${host.port}`;
  const ask = (verb: 'temporalPort' | 'opens', args: unknown[]) => session.call(verb, args, { limitMs: CALL_LIMIT_MS });
  const port = (await ask('temporalPort', [candidatePorts(host)])) as number;
  if (!port) throwProblem(409, 'no_free_port', `${where} has none of the ports free at which agents could find Temporal`, 'Set TEMPORAL_ADDRESS to an address that the host can reach.', { field: 'connector' });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (await ask('opens', ['127.0.0.1', port, ANSWER_WITHIN_MS])) return port;
    if (await session.forward(port, to, AbortSignal.abort())) return port;
    await delay(PAUSE_MS);
  }
  return throwProblem(422, 'forwarding_refused', `${where} does not let agents there reach Temporal, which listens on loopback of the grid's own host: sshd refuses to listen at port ${port} for the grid`,
    'Set AllowTcpForwarding to yes or remote in sshd_config of that host, or TEMPORAL_ADDRESS of the grid to an address that the host can reach.', { field: 'connector' });
}
