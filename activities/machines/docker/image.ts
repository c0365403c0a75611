import type Dockerode from 'dockerode';
import { throwProblem } from '../../problem_error';
import { ask, type AskOptions, type Engine } from './engine';
import { versionOf } from './facts';
import { pullImage } from './pull_image';
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
export async function ensureImage(engine: Engine, name: string, options: AskOptions): Promise<Image> {
  const there = await find(engine, name, options);
  if (!there) await pullImage(engine, name, options.signal);
  const image = there ?? (await find(engine, name, options));
  if (!image) {
    return throwProblem(503, 'pull_failed', `compute ${engine.host.compute}: image ${name} was pulled, and is not there`, 'Retry.', { evidence: name });
  }
  await checkArchitecture(engine, name, image, options);
  const { Cmd, Entrypoint } = image.Config ?? {};
  return { name, hasCommand: Boolean(Cmd?.length || Entrypoint?.length) };
}

async function find(engine: Engine, name: string, options: AskOptions): Promise<Dockerode.ImageInspectInfo | undefined> {
  try {
    return await ask(engine, (docker, abortSignal) => docker.getImage(name).inspect({ ...({ abortSignal } as object) }), options);
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

/** Without this the machine would start, and die of a line that few understand. */
async function checkArchitecture(engine: Engine, name: string, { Architecture }: Dockerode.ImageInspectInfo, options: AskOptions): Promise<void> {
  if (!Architecture) return;
  const { Arch } = await versionOf(engine, options);
  if (Architecture === Arch || ALSO_RUNS[Arch]?.includes(Architecture)) return;
  wrongArchitecture(engine, name, `it is for ${Architecture}, the engine for ${Arch}`);
}

export const wrongArchitecture = (engine: Engine, name: string, why: string): never =>
  throwProblem(422, 'wrong_architecture', `compute ${engine.host.compute}: image ${name} does not run on its engine: ${why}`,
    'Use an image that was made for this kind of processor.', { field: 'docker_image', evidence: why });
