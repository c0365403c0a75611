import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildTemporal } from '../../cli/up/build_temporal';
import { downloadTemporal } from '../../cli/up/download_temporal';
import { findTemporal } from '../../cli/up/find_temporal';
import { cachedBinary, fits } from '../../cli/up/temporal_version';

const REAL = process.env.GRID_TEST_TEMPORAL_BIN!;
const never = new AbortController().signal;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'grid-provision-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A program of this name that says this. */
function says(name: string, text: string): string {
  const path = join(dir, name, name === 'go' ? 'go' : 'temporal');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${text}'\n`);
  chmodSync(path, 0o755);
  return dirname(path);
}

describe('a Temporal that is here already', () => {
  it('is taken from PATH where its version fits; one that does not fit is passed over, by name', async () => {
    const told: string[] = [];
    const old = says('old', 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.0)');
    mkdirSync(join(dir, 'real'));
    symlinkSync(REAL, join(dir, 'real', 'temporal'));
    const PATH = `${old}:${join(dir, 'real')}:/usr/bin:/bin`;
    const found = await findTemporal(dir, { PATH, XDG_CACHE_HOME: dir }, (line) => told.push(line));
    expect(found).toBe(join(dir, 'real', 'temporal'));
    expect(told).toEqual([expect.stringMatching(/passing over .*old\/temporal: temporal version 1\.5\.1/)]);
  });

  it('is taken from the cache where PATH has none, and not where the cached file does not run', async () => {
    const env = { PATH: '/usr/bin:/bin', XDG_CACHE_HOME: join(dir, 'cache') };
    mkdirSync(dirname(cachedBinary(env)), { recursive: true });
    writeFileSync(cachedBinary(env), 'half of a download', { mode: 0o755 });
    expect(await findTemporal(dir, env, () => undefined)).toBeUndefined();
    rmSync(cachedBinary(env));
    symlinkSync(REAL, cachedBinary(env));
    expect(await findTemporal(dir, env, () => undefined)).toBe(cachedBinary(env));
  });

  it.each([
    ['temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)', true],
    ['temporal version 1.8.9 (Server 1.31.4, UI 2.51.0)', true],
    ['temporal version 1.8.2 (Server 1.32.0, UI 2.50.1)', false],
    ['temporal version 1.9.0 (Server 1.31.2, UI 2.50.1)', false],
    [undefined, false],
  ])('fits with %s: %s', (version, expected) => expect(fits(version)).toBe(expected));
});

describe('the download', () => {
  let server: Server;
  let releases: string;
  let served: Record<string, Buffer>;
  beforeEach(async () => {
    served = {};
    server = createServer((request, response) => {
      const body = served[request.url!.split('/').at(-1)!];
      response.writeHead(body ? 200 : 404).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}/download`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  /** A release as it is published: the archive of this platform and a list of checksums. */
  function publish(content: string, checksum?: string): void {
    mkdirSync(join(dir, 'release'));
    writeFileSync(join(dir, 'release', 'temporal'), content);
    writeFileSync(join(dir, 'release', 'LICENSE'), 'MIT');
    const archive = execFileSync('tar', ['-czf', '-', '-C', join(dir, 'release'), 'LICENSE', 'temporal']);
    const arch = process.arch === 'x64' ? 'amd64' : process.arch;
    const name = `temporal_cli_1.8.2_${process.platform}_${arch}.tar.gz`;
    served[name] = archive;
    const sum = checksum ?? createHash('sha256').update(archive).digest('hex');
    served['checksums.txt'] = Buffer.from(`${'0'.repeat(64)}  temporal_cli_1.8.2_plan9_mips.tar.gz\n${sum}  ${name}\n`);
  }

  it('puts the binary of the archive in its place, ready to run', async () => {
    publish('#!/bin/sh\necho fetched\n');
    await downloadTemporal(join(dir, 'temporal'), () => undefined, never, releases);
    expect(execFileSync(join(dir, 'temporal'), { encoding: 'utf8' })).toBe('fetched\n');
    expect(readdirSync(dir).sort()).toEqual(['release', 'temporal']);
  });

  it('leaves nothing in its place where the checksum is not the published one', async () => {
    publish('something else', 'f'.repeat(64));
    await expect(downloadTemporal(join(dir, 'temporal'), () => undefined, never, releases)).rejects.toThrow(/checksum .*published is f{64}/);
    expect(existsSync(join(dir, 'temporal'))).toBe(false);
  });

  it('is refused where the checksums do not name the archive', async () => {
    publish('something');
    served['checksums.txt'] = Buffer.from('');
    await expect(downloadTemporal(join(dir, 'temporal'), () => undefined, never, releases)).rejects.toThrow(/do not name/);
  });

  it('fails at once, in one line, where the host cannot be reached', async () => {
    const started = Date.now();
    const refused = downloadTemporal(join(dir, 'temporal'), () => undefined, never, 'http://127.0.0.1:1/download');
    await expect(refused).rejects.toThrow(/^127\.0\.0\.1:1 cannot be reached: [^\n]+$/);
    expect(Date.now() - started).toBeLessThan(2_000);
  });
});

describe('the build', () => {
  it.each([
    ['go1.26.3', /go1\.26\.3 is installed; needed is Go 1\.26\.4 or newer/],
    ['go1.9', /go1\.9 is installed/],
  ])('is not begun with %s', async (version, refusal) => {
    const PATH = `${says('go', version)}:/usr/bin:/bin`;
    await expect(buildTemporal(join(dir, 'temporal'), { PATH }, () => undefined, never)).rejects.toThrow(refusal);
  });

  it('is not begun without Go', async () => {
    await expect(buildTemporal(join(dir, 'temporal'), { PATH: dir }, () => undefined, never)).rejects.toThrow('Go is not installed');
  });

  it('tells how far it is, and leaves nothing behind when the compiler fails', async () => {
    const go = says('go', '');
    const script = '#!/bin/sh\nif [ "$1" = env ]; then echo go1.27.0; exit; fi\necho half >"${7}"; echo "go: downloading example/mod v1" >&2; echo example/pkg >&2; echo "bad code" >&2; exit 2\n';
    writeFileSync(join(go, 'go'), script);
    const notes: string[] = [];
    const failed = buildTemporal(join(dir, 'temporal'), { PATH: `${go}:/usr/bin:/bin` }, (note) => notes.push(note), never);
    await expect(failed).rejects.toThrow(/exit code 2: .*bad code/);
    expect(notes.slice(0, 2)).toEqual(['fetching modules, 1: example/mod v1', expect.stringMatching(/^package 1 of about \d+, example\/pkg$/)]);
    expect(readdirSync(dir)).toEqual(['go']);
  });

  it('is pinned: the tool module asks for the very version that is looked for', () => {
    const module = readFileSync(join(__dirname, '../../tools/temporal/go.mod'), 'utf8');
    expect(module).toMatch(/github\.com\/temporalio\/cli v1\.8\.2\b/);
    expect(module).toMatch(/^go 1\.26\.4$/m);
  });
});
