import type Dockerode from 'dockerode';
import { throwProblem } from '../../problem_error';
import { ask, type AskOptions, type Engine } from './engine';
import { versionOf } from './facts';
import { pullImage } from './pull_image';
import { shared } from './shared';
import { isRefusal } from './trouble';

/** What of an image a container needs to know. */
export interface Image {
  name: string;
  /** Whether it says itself what runs in it. */
  hasCommand: boolean;
}

/** What an engine for one processor runs besides its own. */
const ALSO_RUNS: Record<string, string[]> = { amd64: ['386'], arm64: ['arm'] };

/**
 * The image, pulled where it is not there.
 * @throws ProblemError 422 `wrong_architecture`, and as {@link pullImage}
 */
export const ensureImage = (engine: Engine, name: string, { signal }: AskOptions): Promise<Image> =>
  shared(engine, `image ${name}`, () => haveImage(engine, name), signal);

async function haveImage(engine: Engine, name: string): Promise<Image> {
  const there = await find(engine, name);
  if (!there) await pullImage(engine, name);
  const image = there ?? (await find(engine, name));
  if (!image) {
    return throwProblem(503, 'pull_failed', `compute ${engine.host.compute}: image ${name} was pulled, and is not there`, 'Retry.', { evidence: name });
  }
  await checkArchitecture(engine, name, image);
  const { Cmd, Entrypoint } = image.Config ?? {};
  return { name, hasCommand: Boolean(Cmd?.length || Entrypoint?.length) };
}

async function find(engine: Engine, name: string): Promise<Dockerode.ImageInspectInfo | undefined> {
  try {
    return await ask(engine, (docker, abortSignal) => docker.getImage(name).inspect({ ...({ abortSignal } as object) }));
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

/** Without this the machine would start, and die of a line that few understand. */
async function checkArchitecture(engine: Engine, name: string, { Architecture }: Dockerode.ImageInspectInfo): Promise<void> {
  if (!Architecture) return;
  const { Arch } = await versionOf(engine);
  if (Architecture === Arch || ALSO_RUNS[Arch]?.includes(Architecture)) return;
  wrongArchitecture(engine, name, `it is for ${Architecture}, the engine for ${Arch}`);
}

export const wrongArchitecture = (engine: Engine, name: string, why: string): never =>
  throwProblem(422, 'wrong_architecture', `compute ${engine.host.compute}: image ${name} does not run on its engine: ${why}`,
    'Use an image that was made for this kind of processor.', { field: 'docker_image', evidence: why });
