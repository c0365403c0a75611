import { request, type IncomingMessage } from 'node:http';
import type { TaskPlace } from '../../../../model/mesos/messages';
import { problem } from '../../../../model/errors';
import { ProblemError } from '../../../problem_error';
import { textOf } from '../client/exchange';

const ANSWER_WITHIN_MS = 15_000;

/** A call to an agent whose answer is a stream of records; nothing limits how long it may be silent. @throws ProblemError 503 `agent_unreachable`, 409 `cannot_exec` */
export async function openStream({ address: host, port, host: name }: TaskPlace, body: object, signal: AbortSignal): Promise<IncomingMessage> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', accept: 'application/recordio', 'message-accept': 'application/json', 'content-length': Buffer.byteLength(text) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ host, port, path: '/api/v1', method: 'POST', agent: false, headers, signal });
    const late = setTimeout(() => asked.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`)), ANSWER_WITHIN_MS);
    asked.on('response', (one) => {
      clearTimeout(late);
      one.on('error', () => undefined);
      resolve(one);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      reject(signal.aborted ? (signal.reason as Error) : new ProblemError(problem(503, 'agent_unreachable', `the Mesos agent on ${name} does not answer at ${host}:${port}: ${error.code ?? error.message}`,
        'See that it runs and can be reached from the control worker; its tasks run on meanwhile.', { evidence: name }), true));
    });
    asked.end(text);
  });
  if (response.statusCode === 200) return response;
  const said = (await textOf(response)).trim().slice(0, 500) || String(response.statusCode);
  throw new ProblemError(problem(409, 'cannot_exec', `the Mesos agent on ${name} runs no command in this task: ${said}`, 'Only tasks of the Mesos containerizer can be entered over the agent; with containerizer=docker use docker on that host.', { evidence: said }));
}
