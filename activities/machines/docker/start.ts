import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { Machine, MachineSpec } from '../../../model/machine';
import { ProblemError, throwProblem } from '../../problem_error';
import { checkSpec } from './check_spec';
import { containerOptions, endpoint, keyMounts } from './container_options';
import { containersOf, containersOfOneOfMany, inspect, isStopping, type Container } from './containers';
import { ask, type AskOptions, type Engine } from './engine';
import { ensureImage, type Image } from './image';
import { containerName, isOwn, networkName, OWNER } from './labels';
import { machineView } from './machine_view';
import { ensureNetworks } from './networks';
import { notStarted } from './not_started';
import { removeContainer } from './remove_container';
import { BEHIND, ensureRelay } from './relay';
import { ensureRuntime, findRuntime, runtimeHash, runtimeMount } from './runtime';
import { stop } from './stop';
import { isRefusal, isUnknown } from './trouble';
import { ensureVolumes, removeVolumes } from './volumes';

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 100;

/**
 * See `Driver.start`. Whatever is not known for sure, be it that an answer was lost, the engine failed or somebody else
 * does the same, is looked at again: of one name there is one container.
 */
export async function start(engine: Engine, spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
  signal.throwIfAborted();
  checkSpec(engine.host, spec);
  const options = { signal };
  const made: string[] = [];
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptStart(engine, spec, made, attempt, options);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === ATTEMPTS || !mayPass(error)) throw error;
        await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal });
      }
    }
  } catch (error) {
    if (error instanceof ProblemError && !isUnknown(error)) await removeHalfMade(engine, spec, made);
    throw error;
  }
}

/** What may be otherwise in a moment. */
const mayPass = (error: unknown) => isUnknown(error) || (error instanceof ProblemError && ['machine_not_started', 'address_taken'].includes(error.problem.code));

async function attemptStart(engine: Engine, spec: MachineSpec, made: string[], attempt: number, options: AskOptions): Promise<Machine> {
  const there = await clearTheWay(engine, spec, attempt, options);
  if (there?.State.Running) return machineView(engine, there);
  const image = there ? undefined : await ensureImage(engine, (spec.image ?? engine.host.image)!, options);
  await ensureNetworks(engine, spec.networks, options);
  await ensureVolumes(engine, spec.disks, made, options);
  const hash = spec.runtime && (await runtimeHash(engine, options));
  const runtime = hash && (await ensureRuntime(engine, hash, options));
  const id = there?.Id ?? (await create(engine, spec, image!, runtime ? [runtimeMount(runtime), ...keyMounts(spec)] : [], options));
  // The last machine may have gone in this moment, and its runtime with it: the engine then mounts an empty one.
  if (runtime && (await findRuntime(engine, hash, options)) !== runtime) await discard(engine, spec, id, options);
  if (runtime && spec.env[BEHIND]) await ensureRelay(engine, runtime, spec.env[BEHIND], options);
  await joinNetworks(engine, spec, id, options);
  await begin(engine, spec, id, options);
  const container = await inspect(engine, id, options);
  return container ? machineView(engine, container) : again(engine, spec, 'its container was removed by somebody');
}

/** Removes what is dead, and ends what was to be stopped. Answers the container that lives, or was made and not started. */
async function clearTheWay(engine: Engine, spec: MachineSpec, attempt: number, options: AskOptions): Promise<Container | undefined> {
  const containers = await (attempt === 1 ? containersOfOneOfMany(engine, spec.owner, spec.id, options) : containersOf(engine, spec.id, options));
  for (const { Config } of containers) if (Config.Labels[OWNER] !== spec.owner) refuseForeign(engine, spec, `belongs to ${Config.Labels[OWNER]}`);
  if (containers.some(isStopping)) {
    await stop(engine, spec.id, { graceMs: 0, keepDisks: true }, options.signal!);
    return undefined;
  }
  let there: Container | undefined;
  for (const container of containers) {
    const { Running, Status, Error: said } = container.State;
    if (Running || (Status === 'created' && said === '')) there = container;
    else await removeContainer(engine, container.Id, options);
    // What an attempt of before this call left says nothing about this one.
    if (Status === 'created' && said !== '' && attempt > 1) throw notStarted(engine, spec, said);
  }
  return there;
}

async function create(engine: Engine, spec: MachineSpec, image: Image, mounts: Dockerode.MountSettings[], options: AskOptions): Promise<string> {
  try {
    const { id } = await ask(engine, (docker, abortSignal) => docker.createContainer({ ...containerOptions(engine.host, spec, image, mounts), abortSignal }), options);
    return id;
  } catch (error) {
    if (isRefusal(error, 404)) return again(engine, spec, error.said);
    if (!isRefusal(error, 409)) throw error;
    const holder = await inspect(engine, containerName(engine.host, spec.id), options);
    if (holder && !isOwn(engine.host, holder.Config.Labels)) refuseForeign(engine, spec, 'was not made by this compute');
    return again(engine, spec, error.said);
  }
}

async function discard(engine: Engine, spec: MachineSpec, id: string, options: AskOptions): Promise<never> {
  await removeContainer(engine, id, options);
  return again(engine, spec, 'its runtime was removed meanwhile');
}

/** Of several networks engines take but the first when a container is made. */
async function joinNetworks({ host, ...engine }: Engine, { networks }: MachineSpec, id: string, options: AskOptions): Promise<void> {
  for (const { network, address } of networks.slice(1)) {
    await ask({ host, ...engine }, (docker, abortSignal) =>
      docker.getNetwork(networkName(host, network)).connect({ Container: id, EndpointConfig: endpoint(address), abortSignal } as object), options).catch((error: unknown) => {
      if (!isRefusal(error) || !/already (exists|attached)/.test(error.said)) throw error;
    });
  }
}

async function begin(engine: Engine, spec: MachineSpec, id: string, options: AskOptions): Promise<void> {
  try {
    await ask(engine, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), options);
  } catch (error) {
    // 304: somebody else did.
    if (isRefusal(error, 304)) return;
    if (!isRefusal(error)) throw error;
    const container = await inspect(engine, id, options);
    if (container?.State.Running) return;
    // Where the engine kept no reason it may not have been the engine that answered.
    if (!container || container.State.Error === '') again(engine, spec, error.said);
    throw notStarted(engine, spec, container!.State.Error);
  }
}

const again = (engine: Engine, spec: MachineSpec, said: string): never => { throw notStarted(engine, spec, said); };

const refuseForeign = (engine: Engine, spec: MachineSpec, why: string): never =>
  throwProblem(409, 'foreign_machine', `compute ${engine.host.compute}: there is a container ${containerName(engine.host, spec.id)}, which ${why}`,
    'Rename or end it where it belongs, then retry.', { evidence: why });

/** So that what cannot be started leaves nothing; what a machine of before left stays. */
async function removeHalfMade(engine: Engine, spec: MachineSpec, made: string[]): Promise<void> {
  const clear = async () => {
    const containers = await containersOf(engine, spec.id);
    for (const { Id, State, Config } of containers) {
      if (Config.Labels[OWNER] === spec.owner && State.Status === 'created') await removeContainer(engine, Id);
    }
    await removeVolumes(engine, made, {});
  };
  await clear().catch(() => {});
}
