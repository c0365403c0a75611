import { readFile } from 'node:fs/promises';
import { throwProblem } from '../../problem_error';
import type { DockerHost } from './connector';

export interface Credentials {
  username: string;
  password: string;
  serveraddress: string;
}

const HUB = 'docker.io';

/**
 * What to log in with where this image comes from; undefined when nothing was given, or it is for another registry.
 * @throws ProblemError 422 `bad_credentials` without a word of what they are.
 */
export async function credentialsFor(host: DockerHost, image: string): Promise<Credentials | undefined> {
  if (host.auth === undefined) return undefined;
  const given = parse(host, await textOf(host, host.auth));
  return registryAt(given.serveraddress) === registryOf(image) ? given : undefined;
}

async function textOf(host: DockerHost, auth: string): Promise<string> {
  const place = auth.slice(auth.indexOf(':') + 1);
  if (auth.startsWith('env:')) return process.env[place] ?? refuse(host, `the environment of the control worker has no ${place}`);
  return readFile(place, 'utf8').catch((error: NodeJS.ErrnoException) => refuse(host, `their file cannot be read (${error.code})`));
}

function parse(host: DockerHost, text: string): Credentials {
  try {
    const { username, password, serveraddress } = JSON.parse(text) as Record<string, unknown>;
    if (typeof username === 'string' && typeof password === 'string' && typeof serveraddress === 'string') return { username, password, serveraddress };
  } catch {
    // The parser's own words repeat what it read.
  }
  return refuse(host, 'they are not a JSON object of the strings username, password and serveraddress');
}

/** As in `registry:5000/team/app:1`; a first part without dot or colon is a name on Docker's own registry. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? registryAt(first) : HUB;
}

function registryAt(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/')[0]!.toLowerCase();
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? HUB : host;
}

const refuse = (host: DockerHost, why: string): never =>
  throwProblem(422, 'bad_credentials', `compute ${host.compute}: the credentials for its registry cannot be used: ${why}`,
    'Put {"username": …, "password": …, "serveraddress": …} where auth= of the connector says.', { field: 'connector' });
