import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { itemsWithPrefix } from '../../model/hrd/prefix';
import { problem } from '../../model/errors';
import { ProblemError, throwProblem } from '../problem_error';
import { destination, isForHere } from './export_path';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';

const LIMIT_MS = 240_000;
const MAX_BYTES = 4 * 1024 ** 3;
const FORM = { keys: ['url', 'source', 'dest', 'checkmd5', 'platform'], bools: ['checkmd5'] };

/**
 * Downloads what `web.export.N` of an instance names. With `checkmd5` what is there already is kept when its sum is
 * the one that stands under the same address with `.md5sum` behind it.
 * @throws ProblemError 400 for an address or a destination that cannot be, 502 `download_failed`
 */
export async function exportWeb(place: Place, { dir, hrd }: ReadInstance, signal: AbortSignal): Promise<void> {
  for (const [i, item] of itemsWithPrefix(hrd, 'service.web.export', FORM).entries()) {
    const field = `web.export.${i + 1}`;
    if (!isForHere(String(item['platform']))) continue;
    const address = addressOf(String(item['url']), String(item['source']), field);
    const dest = await destination(place, dir, String(item['dest']), address.pathname, `${field}.dest`);
    const within = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const sum = item['checkmd5'] === true ? await sumOf(address, field, within) : undefined;
    if (sum !== undefined && (await md5(dest)) === sum) continue;
    const got = await download(address, dest, field, within);
    if (sum === undefined || got === sum) continue;
    await rm(dest, { force: true });
    throwProblem(502, 'download_failed', `${field}: what ${address.href} gave is not what its .md5sum says`, 'Look at both; then retry.', { field, evidence: `${got} instead of ${sum}` });
  }
}

function addressOf(url: string, source: string, field: string): URL {
  const text = source ? `${url.replace(/\/$/, '')}/${source.replace(/^\//, '')}` : url;
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address && /^https?:$/.test(address.protocol) && !address.username && !address.password) return address;
  return throwProblem(400, 'unsupported_recipe', `${field}.url is no address of the web`, 'Write http:// or https://, in quotes, without a password.', { field: `${field}.url` });
}

async function fetched(address: URL, field: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(address, { signal }).catch((error: Error) => failed(address, field, error, signal));
  return answer.ok ? answer : failed(address, field, new Error(`it answered ${answer.status}`), signal);
}

async function sumOf(address: URL, field: string, signal: AbortSignal): Promise<string> {
  const text = await (await fetched(new URL(`${address.href}.md5sum`), field, signal)).text();
  return text.trim().split(/\s+/)[0]!.toLowerCase();
}

/** Whole or not at all. @returns its md5 */
async function download(address: URL, dest: string, field: string, signal: AbortSignal): Promise<string> {
  const { body } = await fetched(address, field, signal);
  const part = `${dest}.part`;
  const hash = createHash('md5');
  let bytes = 0;
  const seen = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(bytes > MAX_BYTES ? new Error(`it is larger than ${MAX_BYTES / 1024 ** 3} GiB`) : null, chunk);
    },
  });
  try {
    await pipeline(body ? Readable.fromWeb(body as never) : Readable.from([]), seen, createWriteStream(part, { mode: 0o600 }), { signal });
    await rename(part, dest);
  } catch (error) {
    await rm(part, { force: true });
    failed(address, field, error as Error, signal);
  }
  return hash.digest('hex');
}

async function md5(path: string): Promise<string | undefined> {
  const hash = createHash('md5');
  return pipeline(createReadStream(path), hash).then(() => hash.digest('hex'), () => undefined);
}

function failed(address: URL, field: string, error: Error, signal: AbortSignal): never {
  if (signal.aborted && (signal.reason as Error).name !== 'TimeoutError') throw signal.reason;
  const why = ((error as Error & { cause?: Error }).cause ?? error).message;
  throw new ProblemError(problem(502, 'download_failed', `${field}: ${address.href} cannot be downloaded: ${why}`, 'See that the machine reaches it; then retry.', { field }), true);
}
