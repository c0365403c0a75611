import type { MachineDisk, StopOptions } from '../../../model/machine';
import { within } from '../../within';
import { checkId } from '../check_machine';
import { containersOf, hasContainers, isStopping, mark, type Container } from './containers';
import { ask, type AskOptions, type Engine } from './engine';
import { VOLUMES, volumeName } from './labels';
import { removeHelper, removeHelperVolumes } from './helpers';
import { RELAY_KIND } from './relay';
import { removeNetworks } from './networks';
import { removeContainer } from './remove_container';
import { isRefusal } from './trouble';
import { removeVolumes } from './volumes';

/** See `Driver.stop`. Of a container only its first process is asked: when that ends, the engine ends the others. */
export async function stop(engine: Engine, id: string, { graceMs, keepDisks }: StopOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  checkId(id);
  const options = { signal };
  const containers = await containersOf(engine, id, options);
  for (const container of containers) {
    // First of all, so that its end is no news to anybody.
    if (!isStopping(container)) await mark(engine, container.Id, id, 'stopping', options);
    await endGently(engine, container, graceMs, signal);
    await removeContainer(engine, container.Id, options);
    if (!keepDisks) await removeVolumes(engine, volumesOf(container), options);
  }
  await removeIdle(engine, options);
}

/** What machines needed goes with the last of them. */
async function removeIdle(engine: Engine, options: AskOptions): Promise<void> {
  if (await hasContainers(engine, options)) return;
  await removeHelper(engine, RELAY_KIND, options);
  await removeHelperVolumes(engine, options);
  await removeNetworks(engine, options);
}

/** See `Driver.wipe`. A stop that was called off may have left what only the last machine needed: that goes too. */
export async function wipe(engine: Engine, disks: readonly MachineDisk[]): Promise<void> {
  await removeVolumes(engine, disks.map(({ origin }) => volumeName(engine.host, origin)), {});
  await removeIdle(engine, {});
}

const volumesOf = ({ Config }: Container) => JSON.parse(Config.Labels[VOLUMES] ?? '[]') as string[];

async function endGently(engine: Engine, { Id, State, Config }: Container, graceMs: number, signal: AbortSignal): Promise<void> {
  if (!State.Running || graceMs <= 0) return;
  const askedFor = (Config as { StopSignal?: string }).StopSignal ?? 'SIGTERM';
  await ask(engine, (docker, abortSignal) => docker.getContainer(Id).kill({ signal: askedFor, abortSignal }), { signal }).catch((error: unknown) => {
    if (!isRefusal(error, 304, 404, 409)) throw error;
  });
  const over = new AbortController();
  const docker = await engine.docker();
  const ended = docker.getContainer(Id).wait({ condition: 'not-running', abortSignal: over.signal }).catch(() => {});
  await within(ended, graceMs, signal);
  over.abort();
  signal.throwIfAborted();
}
