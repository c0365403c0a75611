import type Dockerode from 'dockerode';
import { ask, type AskOptions, type Engine } from './engine';
import { containerName, isOwn, labelFilter, MACHINE, ownLabels, OWNER, type Labels } from './labels';
import { shared } from './shared';
import { isRefusal } from './trouble';

export type Container = Dockerode.ContainerInspectInfo;

/**
 * What a name adds to that of the machine once there is something to remember: its end was asked for, or was told. The
 * engine keeps it, so every process of ours sees it and none has to be there.
 */
export type Mark = 'stopping' | 'told';

const AT_ONCE = 16;

/** The container that a machine is; the newest where another is on its way out. Undefined when there is none. */
export async function containerOf(engine: Engine, machine: string, options: AskOptions = {}): Promise<Container | undefined> {
  const named = await inspect(engine, containerName(engine.host, machine), options);
  if (named && isOf(engine, named, machine)) return named;
  return (await containersOf(engine, machine, options)).sort((a, b) => b.Created.localeCompare(a.Created))[0];
}

/** Every container of a machine, also what half-done starts and stops left. */
export const containersOf = (engine: Engine, machine: string, options: AskOptions = {}): Promise<Container[]> => all(engine, { [MACHINE]: machine }, options);

/** The same, for one of many that an owner has started at once: they ask together, so that what nobody has yet costs one question. */
export async function containersOfOneOfMany(engine: Engine, owner: string, machine: string, options: AskOptions): Promise<Container[]> {
  const there = await shared(engine, `containers of ${owner}`, () => listed(engine, { [OWNER]: owner }, {}), options.signal);
  return inspected(engine, there.filter(({ Labels }) => Labels[MACHINE] === machine), options);
}

/** Every container of this compute, or those of one owner. */
export const containersOwnedBy = (engine: Engine, owner?: string, options: AskOptions = {}): Promise<Container[]> =>
  all(engine, owner === undefined ? {} : { [OWNER]: owner }, options);

/** Those of this compute that do not run: what may have ended. */
export const containersThatEnded = (engine: Engine, options: AskOptions): Promise<Container[]> => all(engine, {}, options, { status: ['exited', 'dead'] });

/** Those of this compute whose health is looked after by the engine. */
export async function containersWithHealth(engine: Engine, options: AskOptions): Promise<Container[]> {
  return all(engine, {}, options, { health: ['starting', 'healthy', 'unhealthy'] });
}

/** Whether this compute has any. Lists may still have one that is gone, so they are looked at until one is there. */
export async function hasContainers(engine: Engine, options: AskOptions): Promise<boolean> {
  for (const { Id } of await listed(engine, {}, options)) if (await inspect(engine, Id, options)) return true;
  return false;
}

function listed(engine: Engine, labels: Labels, options: AskOptions, more: Record<string, string[]> = {}): Promise<Dockerode.ContainerInfo[]> {
  const filters = { label: labelFilter({ ...ownLabels(engine.host), ...labels }), ...more };
  return ask(engine, (docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal }), options);
}

const all = async (engine: Engine, labels: Labels, options: AskOptions, more?: Record<string, string[]>): Promise<Container[]> =>
  inspected(engine, await listed(engine, labels, options, more), options);

async function inspected(engine: Engine, list: readonly Dockerode.ContainerInfo[], options: AskOptions): Promise<Container[]> {
  const ids = list.map(({ Id }) => Id);
  const found: (Container | undefined)[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    found.push(...(await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => inspect(engine, id, options)))));
  }
  return found.filter((container) => container !== undefined);
}

/** The container with this name or id, whosever it is; undefined when there is none. */
export async function inspect(engine: Engine, name: string, options: AskOptions = {}): Promise<Container | undefined> {
  try {
    return await ask(engine, (docker, abortSignal) => docker.getContainer(name).inspect({ abortSignal }), options);
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

const isOf = ({ host }: Engine, { Config }: Container, machine: string) => isOwn(host, Config.Labels) && Config.Labels[MACHINE] === machine;

/** Whether a container's name bears no mark, so that its end is news. */
export const isUnmarked = ({ host }: Engine, name: string, labels: Labels) => name.replace(/^\//, '') === containerName(host, labels[MACHINE] ?? '');

export const isStopping = ({ Name }: Container) => /\.stopping-[0-9a-f]{12}$/.test(Name);

/** Remembers something of a container; one that is gone needs none. */
export async function mark(engine: Engine, id: string, machine: string, as: Mark, options: AskOptions): Promise<void> {
  const name = `${containerName(engine.host, machine)}.${as}-${id.slice(0, 12)}`;
  await ask(engine, (docker, abortSignal) => docker.getContainer(id).rename({ name, abortSignal }), options).catch((error: unknown) => {
    // 400 and 409: it has that name already, or is being removed.
    if (!isRefusal(error, 400, 404, 409)) throw error;
  });
}
