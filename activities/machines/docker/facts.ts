import type Dockerode from 'dockerode';
import { ask, type AskOptions, type Engine } from './engine';

interface EngineInfo {
  NCPU: number;
  MemTotal: number;
  OSType: string;
  /** The engine's own clock. */
  SystemTime: string;
  /** Where it keeps containers, on its own host. */
  DockerRootDir: string;
}

interface EngineVersion {
  /** As in `amd64`. */
  Arch: string;
}

export const infoOf = (engine: Engine, options?: AskOptions): Promise<EngineInfo> =>
  ask(engine, (docker, abortSignal) => (docker as Cancellable<'info', EngineInfo>).info({ abortSignal }), options);

export const versionOf = (engine: Engine, options?: AskOptions): Promise<EngineVersion> =>
  ask(engine, (docker, abortSignal) => (docker as Cancellable<'version', EngineVersion>).version({ abortSignal }), options);

/** The library takes a signal here too; its types do not know. */
type Cancellable<Method extends keyof Dockerode, Answer> = Omit<Dockerode, Method> & Record<Method, (options: { abortSignal: AbortSignal }) => Promise<Answer>>;
