import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Note } from './progress';
import { TEMPORAL_VERSION } from './temporal_version';

const RELEASES = 'https://temporal.download/assets/temporalio/cli/releases/download';
const FIRST_ANSWER_MS = 5_000;
const ALL_MS = 10 * 60_000;
const MAX_BYTES = 400 * 1024 * 1024;

const ARCH: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Fetches the official archive for this platform, compares it with the published checksums and puts the binary at
 * `target`, whole or not at all.
 * @param releases where the releases are, for tests
 * @throws Error with one line that says why not: no such platform, out of reach, wrong checksum
 */
export async function downloadTemporal(target: string, note: Note, signal: AbortSignal, releases = RELEASES): Promise<void> {
  const name = `temporal_cli_${TEMPORAL_VERSION}_${process.platform}_${archOrFail()}.tar.gz`;
  const base = `${releases}/v${TEMPORAL_VERSION}`;
  const wanted = checksumOf(name, (await get(`${base}/checksums.txt`, FIRST_ANSWER_MS, signal, note)).toString('utf8'));
  const archive = await get(`${base}/${name}`, ALL_MS, signal, note);
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== wanted) throw new Error(`${name} has the checksum ${found}, published is ${wanted}`);
  await unpack(archive, target);
}

function archOrFail(): string {
  const arch = ARCH[process.arch];
  if (!arch || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(`there is no archive for ${process.platform} ${process.arch}`);
  }
  return arch;
}

function checksumOf(name: string, published: string): string {
  for (const line of published.split('\n')) {
    const [checksum, file] = line.trim().split(/\s+\*?/);
    if (file === name && checksum) return checksum;
  }
  throw new Error(`the published checksums do not name ${name}`);
}

async function get(url: string, timeoutMs: number, signal: AbortSignal, note: Note): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }).catch((error) => {
    throw new Error(`${new URL(url).host} cannot be reached: ${(error.cause ?? error).message}`);
  });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new Error(`${url} is larger than ${MAX_BYTES} bytes`);
    note(`${Math.round(bytes / 1024 / 1024)} of ${mebibytes(response.headers.get('content-length'))} MiB`);
  }
  return Buffer.concat(parts);
}

const mebibytes = (length: string | null) => (length ? Math.round(Number(length) / 1024 / 1024) : '?');

async function unpack(archive: Buffer, target: string): Promise<void> {
  const dir = mkdtempSync(join(dirname(target), '.unpack-'));
  try {
    writeFileSync(join(dir, 'archive.tar.gz'), archive);
    await promisify(execFile)('tar', ['-xzf', 'archive.tar.gz', 'temporal'], { cwd: dir });
    chmodSync(join(dir, 'temporal'), 0o755);
    renameSync(join(dir, 'temporal'), target);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
