import type { TaskPlace } from '../../../../model/mesos/messages';
import { problem } from '../../../../model/errors';
import { ProblemError, throwProblem } from '../../../problem_error';

/** Where an agent has what belongs to a task. */
export interface Sandbox {
  directory: string;
  container: string;
}

interface AgentState {
  frameworks?: AgentFramework[];
  completed_frameworks?: AgentFramework[];
}

interface AgentFramework {
  executors?: AgentExecutor[];
  completed_executors?: AgentExecutor[];
}

interface AgentExecutor {
  id: string;
  directory: string;
  container: string;
}

const urlOf = ({ address, port }: TaskPlace, path: string): string => `http://${address.includes(':') ? `[${address}]` : address}:${port}${path}`;

/** One question to an agent's own API. @throws ProblemError 503 `agent_unreachable`, 409 `agent_refused`; the signal's reason */
export async function askAgent(at: TaskPlace, path: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(urlOf(at, path), init);
  } catch (error) {
    init.signal.throwIfAborted();
    const { cause, message } = error as Error & { cause?: { code?: string } };
    throw new ProblemError(problem(503, 'agent_unreachable', `the Mesos agent on ${at.host} does not answer at ${at.address}:${at.port}: ${cause?.code ?? message}`,
      'See that it runs and can be reached from the control worker; its tasks run on meanwhile.', { evidence: at.host }), true);
  }
  if (response.ok) return response;
  const said = (await response.text().catch(() => '')).trim().slice(0, 500) || String(response.status);
  return throwProblem(409, 'agent_refused', `the Mesos agent on ${at.host} refused ${path.split('?')[0]}: ${said}`, 'See what it says, and its log.', { evidence: said });
}

/** Where the agent has this task; undefined when it knows nothing of it any more. */
export async function sandboxOf(at: TaskPlace, task: string, signal: AbortSignal): Promise<Sandbox | undefined> {
  const state = (await (await askAgent(at, '/state', { signal })).json()) as AgentState;
  const executors = [...(state.frameworks ?? []), ...(state.completed_frameworks ?? [])].flatMap((one) => [...(one.executors ?? []), ...(one.completed_executors ?? [])]);
  return executors.find(({ id }) => id === task);
}
