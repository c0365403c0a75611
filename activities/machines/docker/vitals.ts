import type { HostVitals } from '../../../model/machine';
import { roomAt } from '../../../process/room_at';
import type { Engine } from './engine';
import { infoOf } from './facts';

const ANSWER_LIMIT_MS = 10_000;

/** See `Driver.vitals`: an engine tells its time to everybody, and what is free on its disk to those of its own host. */
export async function vitalsOf(engine: Engine): Promise<HostVitals> {
  const { SystemTime, DockerRootDir } = await infoOf(engine, { limitMs: ANSWER_LIMIT_MS });
  const { at } = engine.host;
  const disk = 'socket' in at && !at.ssh ? await roomAt(DockerRootDir).catch(() => undefined) : undefined;
  return { now: Date.parse(SystemTime), ...(disk ? { disk } : {}) };
}
