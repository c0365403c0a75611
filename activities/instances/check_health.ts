import { get } from 'node:http';
import { opens } from '../opens';
import { ProblemError } from '../problem_error';
import { keyText } from './instance_directory';
import type { KeptProcess } from './keep_process';
import type { Place } from './place';
import { performAction } from './perform_action';
import type { ReadInstance } from './read_instance';

/** Why an instance does not work. */
export interface Ailment {
  code: 'process_ended' | 'port_not_open' | 'check_failed';
  reason: string;
  evidence?: string;
}

const ANSWER_LIMIT_MS = 4_000;
const CHECK_LIMIT_MS = 30_000;

/** Looks once at everything that tells whether an instance works: its processes, its ports, `check.http`, its action `check`. */
export async function checkHealth(place: Place, instance: ReadInstance, processes: KeptProcess[], signal: AbortSignal): Promise<Ailment | undefined> {
  return (await endedOf(processes)) ?? (await shutOf(place, processes)) ?? (await unansweredOf(place, instance)) ?? (await uncheckedOf(place, instance, signal));
}

async function endedOf(processes: KeptProcess[]): Promise<Ailment | undefined> {
  const ended = processes.find((one) => one.vitals().state !== 'running');
  if (!ended) return undefined;
  const { name, lastExit = 'ended' } = ended.vitals();
  const [how, ...words] = lastExit.split('\n');
  return { code: 'process_ended', reason: `process ${name} ${how!.slice(0, 200)}`, ...(words.length ? { evidence: lastExit } : {}) };
}

async function shutOf({ address }: Place, processes: KeptProcess[]): Promise<Ailment | undefined> {
  const ports = processes.flatMap((process) => process.plan.ports.map((port) => ({ process, port })));
  const answers = await Promise.all(ports.map(async (one) => ({ ...one, open: await opens(address, one.port, ANSWER_LIMIT_MS) })));
  const shut = answers.filter((one) => !one.open);
  if (shut.length === 0) return undefined;
  const reason = `nothing answers on ${address}:${shut.map(({ port }) => port).join(', ')}`;
  return { code: 'port_not_open', reason, evidence: await shut[0]!.process.lastWords() };
}

async function unansweredOf({ address }: Place, { check, processes }: ReadInstance): Promise<Ailment | undefined> {
  if (!check.http) return undefined;
  const port = processes.flatMap((plan) => plan.ports)[0]!;
  const said = await statusOf(address, port, check.http);
  if (typeof said === 'number' && said < 400) return undefined;
  return { code: 'check_failed', reason: `http://${address}:${port}${check.http} answers ${said}` };
}

function statusOf(host: string, port: number, path: string): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get({ host, port, path, timeout: ANSWER_LIMIT_MS, agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.once('timeout', () => request.destroy(new Error('nothing in time')));
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function uncheckedOf(place: Place, instance: ReadInstance, signal: AbortSignal): Promise<Ailment | undefined> {
  if (!instance.state.actions.includes('check')) return undefined;
  try {
    const { result, output } = await performAction(place, instance, 'check', signal, { limitMs: CHECK_LIMIT_MS });
    return result === false ? { code: 'check_failed', reason: 'its action check answers false', evidence: output } : undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { message, evidence } = error.problem;
    return { code: 'check_failed', reason: message.replace(`instance ${keyText(instance.state.spec)}: `, ''), evidence };
  }
}
