import { problem, type Problem } from '../../../model/errors';
import { ProblemError } from '../../problem_error';
import { credentialsFor } from './credentials';
import { listen, type Engine, type Listening } from './engine';
import { linesOf } from './lines';
import { shared } from './shared';
import { isRefusal } from './trouble';

/** How long a pull may take in all, and how long it may make no progress. */
export interface PullLimits {
  inAllMs: number;
  silentMs: number;
}

const LIMITS: PullLimits = { inAllMs: 15 * 60_000, silentMs: 60_000 };

interface Progress {
  error?: string;
  errorDetail?: { message?: string };
}

/**
 * Pulls an image and waits for its end.
 * @throws ProblemError 422 `image_not_found`, `image_denied`, `wrong_architecture`, `bad_image`, `bad_credentials`,
 * 503 `disk_full`, `registry_unreachable`, `pull_failed`
 */
export const pullImage = (engine: Engine, name: string, signal?: AbortSignal, limits = LIMITS): Promise<void> =>
  shared(engine, `pull ${name}`, () => pull(engine, name, limits), signal);

async function pull(engine: Engine, name: string, limits: PullLimits): Promise<void> {
  const authconfig = await credentialsFor(engine.host, name);
  let stream: Listening;
  try {
    stream = await listen(engine, (docker, abortSignal) => docker.createImage(authconfig ?? {}, { ...whatOf(name), abortSignal }));
  } catch (error) {
    throw isRefusal(error) ? new ProblemError(explain(engine, name, error.said), error.passing) : error;
  }
  const late = (why: string) => new ProblemError(failed(engine, name, why), true);
  const inAll = setTimeout(() => stream.destroy(late(`it was not done after ${limits.inAllMs / 1000} s`)), limits.inAllMs);
  const silence = setTimeout(() => stream.destroy(late(`nothing came for ${limits.silentMs / 1000} s`)), limits.silentMs);
  try {
    for await (const line of linesOf(stream)) {
      silence.refresh();
      const { error, errorDetail } = JSON.parse(line) as Progress;
      const said = errorDetail?.message ?? error;
      if (said !== undefined) throw new ProblemError(explain(engine, name, said), /timeout|refused|reset|EOF|50\d|too many/i.test(said));
    }
  } catch (error) {
    throw error instanceof ProblemError ? error : late((error as Error).message);
  } finally {
    clearTimeout(inAll);
    clearTimeout(silence);
    stream.destroy();
  }
}

/** An image without tag or digest is its newest; the engine would take all of them. */
function whatOf(name: string): { fromImage: string; tag?: string } {
  if (name.includes('@')) return { fromImage: name };
  const [, repository = name, tag = 'latest'] = /^(.+?)(?::([^:/]+))?$/.exec(name) ?? [];
  return { fromImage: repository, tag };
}

/** What engines and registries say is text; so its kinds are told apart by it. */
function explain(engine: Engine, name: string, said: string): Problem {
  const about = `compute ${engine.host.compute}: image ${name}`;
  const more = { field: 'docker_image', evidence: said.slice(0, 1_000) };
  if (/no space left on device/i.test(said)) {
    return problem(503, 'disk_full', `${about} does not fit on the disk of the engine`, 'Make room there, e.g. with docker system prune, then retry.', more);
  }
  if (/no matching manifest|does not match the specified platform/i.test(said)) {
    return problem(422, 'wrong_architecture', `${about} is not there for the processor of the engine`, 'Use an image that was made for this kind of processor.', more);
  }
  if (/denied|unauthorized|authentication required|no basic auth|forbidden/i.test(said)) {
    return problem(422, 'image_denied', `${about} may not be pulled, or is not there`,
      'Check its name; where its registry wants a login, say with auth= in the connector of the compute where the credentials are.', more);
  }
  if (/not found|manifest unknown|name unknown|does not exist/i.test(said)) {
    return problem(422, 'image_not_found', `${about} is not in its registry`, 'Check its name and tag.', more);
  }
  if (/invalid reference|invalid tag|invalid repository/i.test(said)) {
    return problem(422, 'bad_image', `${about} has a name that is none`, 'Write it as registry/name:tag.', more);
  }
  if (/connection refused|no such host|timeout|unreachable|x509|tls|dial tcp|EOF|connection reset/i.test(said)) {
    return problem(503, 'registry_unreachable', `${about}: its registry cannot be reached by the engine`, 'See that the registry is up and the engine has a way to it, or load the image there, then retry.', more);
  }
  return failed(engine, name, said);
}

const failed = (engine: Engine, name: string, why: string): Problem =>
  problem(503, 'pull_failed', `compute ${engine.host.compute}: image ${name} cannot be pulled: ${why.slice(0, 200)}`, 'See what the engine and the registry say, then retry.', { field: 'docker_image', evidence: why.slice(0, 1_000) });

