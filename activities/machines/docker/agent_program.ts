import type { AgentProgram } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { behindLoopback } from '../ssh/temporal_place';
import type { Engine } from './engine';
import { leadingPort } from './lead';
import { throughRelay } from './relay';
import { RUNTIME_PATHS } from './runtime';

/**
 * See `Driver.agentProgram`. What it needs comes in a volume, so any image with glibc and a shell will do.
 * @throws ProblemError 422 `no_image`, `temporal_unreachable`, and as {@link leadingPort}
 */
export async function agentProgram(engine: Engine, temporalAddress: string): Promise<AgentProgram> {
  const { compute, image } = engine.host;
  if (!image) {
    throwProblem(422, 'no_image', `compute ${compute} runs containers, and names no image for agents`,
      'Name one with glibc and a shell as image= in its connector, e.g. image=debian:12.', { field: 'connector' });
  }
  return { ...RUNTIME_PATHS, env: await temporalFor(engine, temporalAddress) };
}

/** One on loopback of the grid's own host is there for an engine of that host; to others it is led, where they are logged in to. */
async function temporalFor(engine: Engine, temporalAddress: string): Promise<Record<string, string>> {
  const { at, compute } = engine.host;
  const to = behindLoopback(temporalAddress);
  if (!to) return {};
  if (!('socket' in at)) {
    throwProblem(422, 'temporal_unreachable', `compute ${compute}: agents there cannot reach Temporal, which listens on ${temporalAddress} of the grid's own host`,
      'Set TEMPORAL_ADDRESS to an address that the engine\'s host can reach, or use a connector that begins with docker+ssh:', { field: 'connector' });
  }
  return throughRelay(engine, at.ssh ? { host: '127.0.0.1', port: await leadingPort(engine, at, to) } : to);
}
