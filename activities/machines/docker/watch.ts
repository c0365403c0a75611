import { setTimeout as delay } from 'node:timers/promises';
import type { HealthNews, MachineDeath, OnHealth, OnReach } from '../../../model/machine';
import { ProblemError } from '../../problem_error';
import { containersThatEnded, containersWithHealth, inspect, isUnmarked, mark, type Container } from './containers';
import { listen, type Engine } from './engine';
import { infoOf } from './facts';
import { isOwn, labelFilter, MACHINE, ownLabels, OWNER, type Labels } from './labels';
import { linesOf } from './lines';
import { lastOutput } from './log_records';
import { deathOf, exitOf, healthOf, isTime, ownerOf } from './machine_view';
import { openTeller, type Teller } from './teller';
import { isUnreachable } from './trouble';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Should the engine's events ever stop without a word, this is how long a death can go unseen. */
const LOOK_EVERY_MS = 30_000;

/** Who is told what. */
interface Told {
  onDeath: (death: MachineDeath) => Promise<void>;
  onReach?: OnReach;
  onHealth?: OnHealth;
}

/** How an engine tells that a container ended, or is well or not any more. */
interface Event {
  Action: string;
  time: number;
  timeNano: number;
  Actor: { ID: string; Attributes: Labels & { name: string; exitCode: string } };
}

/**
 * See `Driver.watch`. The engine tells the ends; after each beginning all that ended are looked at, so that none is
 * missed. An engine that cannot be reached is no dead machine: it is asked again and again, and tells then what died
 * meanwhile. Of one that was removed while nobody watched nothing is left to tell.
 */
export async function watch(engine: Engine, { onDeath, onReach, onHealth }: Told, signal: AbortSignal): Promise<void> {
  const teller = openTeller(onDeath, (id, machine) => mark(engine, id, machine, 'told', {}), signal);
  let since: string | undefined;
  try {
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        since ??= await timeOf(engine, signal);
        for await (const now of follow(engine, teller, since, signal, onHealth)) {
          since = now;
          pauseMs = FIRST_PAUSE_MS;
          await onReach?.(null);
        }
      } catch (error) {
        if (signal.aborted) break;
        if (!isUnreachable(error)) throw error;
        await onReach?.(error.problem);
      }
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await teller.close();
  }
}

/** Listens until the connection ends. Yields, in the engine's time, up to when all is known, whenever that changes. */
async function* follow(engine: Engine, teller: Teller, since: string, signal: AbortSignal, onHealth: OnHealth = async () => {}): AsyncGenerator<string> {
  const filters = { type: ['container' as const], event: ['die', 'health_status'], label: labelFilter(ownLabels(engine.host)) };
  const stream = await listen(engine, (docker, abortSignal) => docker.getEvents({ since: since as unknown as number, filters, abortSignal }), signal);
  const looking = setInterval(() => { lookAtAll(engine, teller, signal).catch(() => stream.destroy()); }, LOOK_EVERY_MS);
  try {
    await lookAtAll(engine, teller, signal);
    await tellHealth(await containersWithHealth(engine, { signal }), onHealth);
    yield since;
    for await (const line of linesOf(stream)) {
      const event = JSON.parse(line) as Event;
      if (event.Action === 'die') await hear(engine, teller, event, signal);
      else await tellHealth([await inspect(engine, event.Actor.ID, { signal })], onHealth);
      yield secondsOf(event.timeNano);
    }
  } catch (error) {
    // Whatever cut the stream: the next look tells whether the engine is there.
    if (!stream.destroyed || error instanceof ProblemError) throw error;
  } finally {
    clearInterval(looking);
    stream.destroy();
  }
}

async function lookAtAll(engine: Engine, teller: Teller, signal: AbortSignal): Promise<void> {
  for (const container of await containersThatEnded(engine, { signal })) await look(engine, teller, container);
}

/** One that was never started has not died; one that is marked was stopped, or told before. */
async function look(engine: Engine, teller: Teller, container: Container): Promise<void> {
  const { Id, Name, State, Config } = container;
  const labels = Config.Labels;
  if (State.Running || !isTime(State.StartedAt) || !isUnmarked(engine, Name, labels) || teller.knows(Id)) return;
  teller.tell(Id, { ...ownerOf(labels), machine: labels[MACHINE]!, exit: exitOf(container), lastOutput: await lastOutput(engine, container) });
}

async function hear(engine: Engine, teller: Teller, { time, Actor: { ID, Attributes } }: Event, signal: AbortSignal): Promise<void> {
  const container = await inspect(engine, ID, { signal });
  if (container) return look(engine, teller, container);
  if (!isOwn(engine.host, Attributes) || !isUnmarked(engine, Attributes.name, Attributes) || teller.knows(ID)) return;
  teller.tell(ID, deathOf(Attributes, Attributes.exitCode, time));
}

/** One that ended meanwhile is told by its death. */
async function tellHealth(containers: readonly (Container | undefined)[], onHealth: OnHealth): Promise<void> {
  const news = new Map<string, HealthNews>();
  for (const container of containers) {
    const { health } = container?.State.Running ? healthOf(container) : {};
    if (!container || !health) continue;
    const { [OWNER]: owner = '', [MACHINE]: machine = '' } = container.Config.Labels;
    const known = news.get(owner) ?? { owner, machines: [], unhealthy: {} };
    known.machines.push(machine);
    if (health.status === 'unhealthy') known.unhealthy[machine] = health;
    news.set(owner, known);
  }
  await Promise.all([...news.values()].map(onHealth));
}

/** The engine's own, for its clock may not be ours; as it reads times, in seconds and nanoseconds. */
async function timeOf(engine: Engine, signal: AbortSignal): Promise<string> {
  const { SystemTime } = await infoOf(engine, { signal });
  const [, fraction = ''] = /\.(\d{1,9})/.exec(SystemTime) ?? [];
  return `${Math.floor(Date.parse(SystemTime) / 1000)}.${fraction.padEnd(9, '0')}`;
}

/** A little less: such numbers are too large to be exact, and what is heard twice is told once. */
const secondsOf = (nanos: number) => ((nanos - 1_000) / 1e9).toFixed(6);
