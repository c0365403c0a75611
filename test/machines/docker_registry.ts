import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, copyFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Registry {
  /** As images are named there: `127.0.0.1:<port>`. */
  host: string;
  /** `Authorization` that it wants; none: it is open. */
  login?: string;
  /** What it does with the layer: sends it, or sends half and falls silent. */
  layer: 'whole' | 'half';
  /** Sends the other halves. */
  release(): void;
  /** Requests that came, e.g. `GET /v2/app/manifests/1`. */
  seen: string[];
  close(): Promise<void>;
}

const sha = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** A registry of our own, with one layer: `app:1`, `app:other` that is for another processor only, and `app:foreign` that does not say so in time. */
export async function openRegistry(): Promise<Registry> {
  const layer = busybox();
  const config = (architecture: string) => JSON.stringify({ architecture, os: 'linux', config: { Cmd: ['/busybox', 'sleep', '300'] }, rootfs: { type: 'layers', diff_ids: [sha(layer)] }, history: [{}] });
  const manifest = (text: string) => JSON.stringify({
    schemaVersion: 2, mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: text.length, digest: sha(text) },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar', size: layer.length, digest: sha(layer) }],
  });
  const own = config(process.arch === 'arm64' ? 'arm64' : 'amd64');
  const foreign = config('s390x');
  const other = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: MANIFEST, size: 100, digest: sha('x'), platform: { architecture: 's390x', os: 'linux' } }] });
  const manifests: Record<string, { type: string; text: string }> = {
    1: { type: MANIFEST, text: manifest(own) }, other: { type: INDEX, text: other }, foreign: { type: MANIFEST, text: manifest(foreign) },
  };
  const blobs = new Map<string, Buffer>([[sha(layer), layer], [sha(own), Buffer.from(own)], [sha(foreign), Buffer.from(foreign)]]);

  const held: (() => void)[] = [];
  const server = createServer((asked, answered) => {
    const path = asked.url!.split('?')[0]!;
    registry.seen.push(`${asked.method} ${path}`);
    const fail = (status: number, code: string, headers = {}) => answered.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ errors: [{ code, message: code }] }));
    if (registry.login !== undefined && asked.headers.authorization !== registry.login) return void fail(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="test"' });
    if (path === '/v2/') return void answered.writeHead(200).end('{}');
    const [, name, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
    const found = name !== 'app' ? undefined : kind === 'manifests' ? manifestOf(manifests, reference!) : blobs.get(reference!);
    if (!found) return void fail(404, kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN');
    const [type, bytes] = Buffer.isBuffer(found) ? ['application/octet-stream', found] : [found.type, Buffer.from(found.text)];
    answered.writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'docker-content-digest': sha(bytes) });
    if (asked.method === 'HEAD') return void answered.end();
    if (bytes !== layer || registry.layer === 'whole') return void answered.end(bytes);
    const middle = Math.floor(bytes.length / 2);
    answered.write(bytes.subarray(0, middle));
    held.push(() => answered.end(bytes.subarray(middle)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry: Registry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`, layer: 'whole', seen: [],
    release() {
      registry.layer = 'whole';
      held.splice(0).forEach((go) => go());
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return registry;
}

const manifestOf = (manifests: Record<string, { type: string; text: string }>, reference: string) =>
  manifests[reference] ?? Object.values(manifests).find(({ text }) => sha(text) === reference);

function busybox(): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'grid-layer-'));
  mkdirSync(join(dir, 'tmp'));
  copyFileSync('/bin/busybox', join(dir, 'busybox'));
  const layer = execFileSync('tar', ['-C', dir, '-c', '.'], { maxBuffer: 2 ** 26 });
  rmSync(dir, { recursive: true });
  return layer;
}
