import { ActivityFailure, ApplicationFailure, condition, defineQuery, defineSignal, proxyActivities, setHandler, type ActivityOptions } from '@temporalio/workflow';
import type { Hello, InstanceVitals } from '../../../model/services/agent_protocol';
import type { Generation } from '../../../model/services/recipe';

/** Takes what an agent tells and has recipes, in the place of the workflows of agent, instance and service. */
export async function standIn(generations: Generation[]): Promise<void> {
  const hellos: Hello[] = [];
  const vitals: InstanceVitals[] = [];
  let over = false;
  setHandler(defineSignal<[Hello]>('hello'), (hello) => void hellos.push(hello));
  setHandler(defineSignal<[InstanceVitals]>('vitals'), (one) => void vitals.push(one));
  setHandler(defineSignal<[Generation]>('generation'), (one) => void generations.push(one));
  setHandler(defineQuery<Hello[]>('hellos'), () => hellos);
  setHandler(defineQuery<InstanceVitals[]>('vitals'), () => vitals);
  setHandler(defineQuery<Generation | undefined, [number]>('recipe'), (number) => generations.findLast((one) => one.number === number));
  setHandler(defineSignal('end'), () => { over = true; });
  await condition(() => over);
}

/** Has an activity of a queue carried out; a failure is told whole. */
export async function perform(name: string, args: unknown[], options: ActivityOptions): Promise<unknown> {
  try {
    return await proxyActivities<Record<string, (...args: unknown[]) => Promise<unknown>>>(options)[name]!(...args);
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) throw ApplicationFailure.create({ message: cause.message, type: cause.type ?? undefined, details: cause.details ?? undefined, nonRetryable: true });
    throw ApplicationFailure.create({ message: String(cause ?? error), type: cause?.name, nonRetryable: true });
  }
}
