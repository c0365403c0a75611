import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { ask, type AskOptions, type Engine } from './engine';
import { inspect, type Container } from './containers';
import { GRID, HELPER, helperName, labelFilter, type Labels } from './labels';
import { removeContainer } from './remove_container';
import { isRefusal } from './trouble';

/** Containers and volumes of ours that are no machines: they carry their own label, so that no list of machines has them. */
const helperLabels = ({ host }: Engine): Labels => ({ [GRID]: host.grid, [HELPER]: host.compute });

const isHelper = ({ host }: Engine, labels: Labels | null | undefined) => labels?.[GRID] === host.grid && labels[HELPER] === host.compute;

const ATTEMPTS = 20;
const PAUSE_MS = 100;
const PRINT = 'service-grid.print';

/**
 * A container of this name that is made of these options; one that is made of others is replaced.
 * @returns its id
 */
export async function ensureHelper(engine: Engine, kind: string, made: Dockerode.ContainerCreateOptions, options: AskOptions): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptHelper(engine, kind, made, options);
    } catch (error) {
      // Somebody else makes it in this moment.
      if (!isRefusal(error, 409) || attempt === ATTEMPTS) throw error;
      await delay(PAUSE_MS, undefined, { signal: options.signal });
    }
  }
}

async function attemptHelper(engine: Engine, kind: string, made: Dockerode.ContainerCreateOptions, options: AskOptions): Promise<string> {
  const name = helperName(engine.host, kind);
  const print = createHash('sha256').update(JSON.stringify(made)).digest('hex');
  const there = await inspect(engine, name, options);
  if (there && isHelper(engine, there.Config.Labels) && there.Config.Labels[PRINT] === print && there.State.Status !== 'exited') return there.Id;
  if (there && isHelper(engine, there.Config.Labels)) await removeContainer(engine, there.Id, options);
  const body = { ...made, Labels: { ...helperLabels(engine), [PRINT]: print } };
  const { id } = await ask(engine, (docker, abortSignal) => docker.createContainer({ _query: { name }, _body: body, abortSignal } as Dockerode.ContainerCreateOptions), options);
  return id;
}

export async function removeHelper(engine: Engine, kind: string, options: AskOptions): Promise<void> {
  const there = await findHelper(engine, kind, options);
  if (there) await removeContainer(engine, there.Id, options);
}

/** Undefined when there is none of ours. */
export async function findHelper(engine: Engine, kind: string, options: AskOptions): Promise<Container | undefined> {
  const there = await inspect(engine, helperName(engine.host, kind), options);
  return there && isHelper(engine, there.Config.Labels) ? there : undefined;
}

/** A volume of ours that no machine has its data on; one of this name that is there stays as it is. @returns its name */
export async function ensureHelperVolume(engine: Engine, kind: string, labels: Labels, options: AskOptions): Promise<string> {
  const name = helperName(engine.host, kind);
  await ask(engine, (docker, abortSignal) => docker.createVolume({ Name: name, Labels: { ...helperLabels(engine), ...labels }, abortSignal }), options);
  return name;
}

/** Its labels, or undefined when there is none of ours. */
export async function findHelperVolume(engine: Engine, kind: string, options: AskOptions): Promise<Labels | undefined> {
  try {
    const { Labels } = await ask(engine, (docker, abortSignal) => docker.getVolume(helperName(engine.host, kind)).inspect({ abortSignal }), options);
    return isHelper(engine, Labels) ? Labels : undefined;
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

/** Gone is fine, and one that a container uses stays. */
export async function removeHelperVolume(engine: Engine, name: string, options: AskOptions): Promise<void> {
  await ask(engine, (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }), options).catch((error: unknown) => {
    if (!isRefusal(error, 404, 409)) throw error;
  });
}

/** Removes all that no container uses; first those that say that another is full. */
export async function removeHelperVolumes(engine: Engine, options: AskOptions): Promise<void> {
  const { Volumes } = await ask(engine, (docker, abortSignal) => docker.listVolumes({ filters: { label: labelFilter(helperLabels(engine)) }, abortSignal } as object), options);
  const names = (Volumes ?? []).map(({ Name }) => Name).sort((a, b) => a.length - b.length);
  for (const name of names) await removeHelperVolume(engine, name, options);
}
