import type { AgentProgram } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import type { Engine } from './engine';
import { temporalFor } from './relay';
import { RUNTIME_PATHS } from './runtime';

/**
 * See `Driver.agentProgram`. What it needs comes in a volume, so any image with glibc and a shell will do.
 * @throws ProblemError 422 `no_image`, `temporal_unreachable`
 */
export function agentProgram(engine: Engine, temporalAddress: string): AgentProgram {
  if (!engine.host.image) {
    throwProblem(422, 'no_image', `compute ${engine.host.compute} runs containers, and names no image for agents`,
      'Name one with glibc and a shell as image= in its connector, e.g. image=debian:12.', { field: 'connector' });
  }
  return { ...RUNTIME_PATHS, env: temporalFor(engine, temporalAddress) };
}
