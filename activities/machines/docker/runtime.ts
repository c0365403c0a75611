import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { throwProblem } from '../../problem_error';
import { ask, type AskOptions, type Engine } from './engine';
import { versionOf } from './facts';
import { ensureHelper, ensureHelperVolume, findHelperVolume, removeHelper, removeHelperVolume } from './helpers';
import { ensureImage } from './image';
import { helperName } from './labels';

/** Where the grid's own program is in the machines that need it, and nothing of an image. */
const RUNTIME = '/opt/service-grid';
const FILL_LIMIT_MS = 300_000;
/** Label of the volume that says which one is full. */
const FULL = 'service-grid.full';
/** Processors by the words of Go, in those of Node. */
const ARCHES: Record<string, string> = { amd64: 'x64', arm64: 'arm64' };

/** Paths in a machine whose spec says `runtime`. */
export const RUNTIME_PATHS = { node: `${RUNTIME}/node`, program: `${RUNTIME}/dist/agent.js` };

/** The mount that such a machine gets. */
export const runtimeMount = (volume: string, readOnly = true) => ({ Type: 'volume' as const, Source: volume, Target: RUNTIME, ReadOnly: readOnly });

/** The volume that has all of it; undefined while there is none. */
export async function findRuntime(engine: Engine, hash: string, options: AskOptions): Promise<string | undefined> {
  const labels = await findHelperVolume(engine, readyOf(hash), options);
  return labels?.[FULL];
}

/** Loaded when it is needed: most processes that know of drivers put nothing anywhere. */
const bundles = () => import('../bundles');

const readyOf = (hash: string) => `runtime-${hash}`;
const filling = new Map<string, Promise<string>>();

/**
 * Puts Node, the agent and what it needs into a volume of the engine, once for each content; machines have it mounted
 * read-only. So an image needs nothing of ours, and the engine may be anywhere. Of two that fill one at the same time the
 * first that is ready counts.
 * @returns the volume
 */
export async function ensureRuntime(engine: Engine, hash: string, options: AskOptions): Promise<string> {
  const there = await findRuntime(engine, hash, options);
  if (there) return there;
  const key = helperName(engine.host, hash);
  const filled = filling.get(key) ?? fill(engine, hash).finally(() => filling.delete(key));
  filling.set(key, filled);
  return filled;
}

async function fill(engine: Engine, hash: string): Promise<string> {
  const { agentBundle, packNode } = await bundles();
  const kind = `${readyOf(hash)}-${randomBytes(4).toString('hex')}`;
  const image = await ensureImage(engine, engine.host.image!, {});
  const volume = await ensureHelperVolume(engine, kind, {}, {});
  try {
    const id = await ensureHelper(engine, kind, { Image: image.name, Entrypoint: ['true'], HostConfig: { NetworkMode: 'none', Mounts: [runtimeMount(volume, false)] } }, {});
    await put(engine, id, await agentBundle(engine.host.compute, process.arch).pack());
    await put(engine, id, await packNode());
  } finally {
    await removeHelper(engine, kind, {}).catch(() => undefined);
  }
  await ensureHelperVolume(engine, readyOf(hash), { [FULL]: volume }, {});
  const first = (await findRuntime(engine, hash, {}))!;
  if (first !== volume) await removeHelperVolume(engine, volume, {});
  return first;
}

const put = (engine: Engine, id: string, packed: Readable) =>
  ask(engine, (docker, abortSignal) => docker.getContainer(id).putArchive(packed, { path: RUNTIME, abortSignal }), { limitMs: FILL_LIMIT_MS });

/** Names the content that agents of this engine run. @throws ProblemError 422 `unsupported_host` */
export async function runtimeHash(engine: Engine, options: AskOptions): Promise<string> {
  const { Arch } = await versionOf(engine, options);
  const arch = ARCHES[Arch] ?? Arch;
  if (arch !== process.arch) {
    throwProblem(422, 'unsupported_host', `compute ${engine.host.compute}: its engine runs on a processor of kind ${arch}, and the Node at hand is for ${process.arch}`,
      'Run agents on an engine with the same kind of processor as the control worker.', { field: 'connector' });
  }
  return (await bundles()).agentBundle(engine.host.compute, arch).hash.slice(0, 12);
}
