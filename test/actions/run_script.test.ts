import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runScript, type ScriptRequest } from '../../activities/actions/run_script';
import { hasLabels, scanProcesses } from '../../activities/processes/scan';

const PYTHON = ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3'].map(dirname).join(':');
const GRID = `test-${process.pid}`;
const CLUSTER = 'cluster/test/reference/1.0.0/1';
const TOKEN = 'tok-0123456789';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'run-script-'));
  mkdirSync(join(home, 'scripts'));
});
afterEach(async () => {
  expect(readdirSync(join(home, 'scripts'))).toEqual([]);
  expect(await leftOf(CLUSTER)).toEqual([]);
  rmSync(home, { recursive: true });
});

const leftOf = async (id: string) =>
  (await scanProcesses()).filter((seen) => hasLabels(seen, { GRID_ID: GRID, GRID_SCRIPT: id })).map((seen) => seen.pid);

const node = (n: number) => ({
  name: `example${n}`, dn: `clusters/test/reference/1.0.0/1/nodes/example${n}`, address: `127.77.0.${n}`, addresses: { eth0: `127.77.0.${n}` },
  machine: `m${n}`, roles: ['service1'], host: 'host', status: 'running',
});

const request = (script: string, more: Partial<ScriptRequest> = {}): ScriptRequest => ({
  script, verb: 'start',
  cluster: {
    dn: 'clusters/test/reference/1.0.0/1', id: CLUSTER, nodes: [node(1), node(2)], options: { size: 2 },
    roles: [{ dn: 'clusters/test/reference/1.0.0/1/services/service1', name: 'service1', status: 'pending', nodes: ['example1', 'example2'], properties: {} }],
  },
  api: 'http://127.0.0.1:1', token: TOKEN, gridHome: home, grid: GRID, gridCommand: [process.execPath, '-e', 'console.log("grid", process.argv.slice(1).join(" "))', '--'],
  runId: 'run-1', timeoutMs: 20_000, path: `${PYTHON}:/usr/bin:/bin`, ...more,
});

const run = (script: string, more: Partial<ScriptRequest> = {}, on: { signal?: AbortSignal; onOutput?: (text: string) => void } = {}) =>
  runScript(request(script, more), { signal: new AbortController().signal, ...on });

describe('a Python file without __main__', () => {
  const FABFILE = `
import json, os, sys

def _nodes():
    with open(os.environ['GRID_NODES']) as f:
        return json.load(f)

def start():
    print('nodes ' + ' '.join(n['address'] for n in _nodes()))

def stop():
    sys.exit(7)

def restart():
    raise ValueError('no')

async def status():
    print('asked')
`;
  it('has the function called that is named like the verb', async () => {
    expect(await run(FABFILE)).toEqual({ exit: 0, output: 'nodes 127.77.0.1 127.77.0.2\n', timedOut: false });
  });
  it('gives its own exit code', async () => expect(await run(FABFILE, { verb: 'stop' })).toMatchObject({ exit: 7 }));
  it('fails with the traceback, in which no path of the host shows', async () => {
    const { exit, output } = await run(FABFILE, { verb: 'restart' });
    expect(exit).toBe(1);
    expect(output).toContain('File "./orchestrator", line 15, in restart');
    expect(output).toContain('ValueError: no');
    expect(output).not.toContain(home);
  });
  it('may define an async function', async () => expect(await run(FABFILE, { verb: 'status' })).toMatchObject({ exit: 0, output: 'asked\n' }));
  it('ends with 2 and says so when the function is not there, with a shebang or without', async () => {
    for (const shebang of ['', '#!/usr/bin/env python3\n']) {
      const { exit, output } = await run(`${shebang}def start():\n    pass\n`, { verb: 'stop' });
      expect({ exit, output }).toEqual({ exit: 2, output: 'the script defines no function stop\n' });
    }
  });
  it('is imported also when its shebang asks for a python that only python3 is', async () => {
    const bin = join(home, 'bin');
    mkdirSync(bin);
    symlinkSync(pythonOf(PYTHON), join(bin, 'python3'));
    expect(await run('#!/usr/bin/env python\ndef start():\n    print("here")\n', { path: bin })).toMatchObject({ exit: 0, output: 'here\n' });
  });
});

/** Something that happens once, and can be waited for. */
function signal() {
  let give!: () => void;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

const pythonOf = (path: string) => join(path.split(':').find((dir) => readdirSync(dir).includes('python3'))!, 'python3');

describe('everything else', () => {
  it('with __main__ is run with the verb as first argument', async () => {
    expect(await run('import sys\ndef start():\n    print("called")\nif __name__ == "__main__":\n    print("main " + sys.argv[1])\n')).toMatchObject({ exit: 0, output: 'main start\n' });
  });
  it('in Python without a function of a verb is run by its shebang', async () => {
    expect(await run('#!/usr/bin/env python3\nimport sys\nprint("argument " + sys.argv[1])\n')).toMatchObject({ exit: 0, output: 'argument start\n' });
  });
  it('in JavaScript, CommonJS or modules, is run by Node, whatever package.json lies above', async () => {
    expect(await run('#!/usr/bin/env node\nconst { argv } = require("node:process"); console.log(argv[2]);\n', { verb: 'status' })).toMatchObject({ exit: 0, output: 'status\n' });
    expect(await run('#!/usr/bin/env node\nimport { argv } from "node:process"; console.log(argv[2]);\n')).toMatchObject({ exit: 0, output: 'start\n' });
  });
  it('in JavaScript needs no Node on the PATH of the worker', async () => {
    expect(await run('#!/usr/bin/env node\nconsole.log("here")\n', { path: '/nonexistent' })).toMatchObject({ exit: 0, output: 'here\n' });
  });
  it('in shell keeps the argument of its shebang', async () => {
    expect(await run('#!/bin/sh -e\necho $1\nfalse\necho never\n')).toMatchObject({ exit: 1, output: 'start\n' });
  });
  it('without shebang that is not Python is refused with what to do', async () => {
    await expect(run('echo hello\n')).rejects.toMatchObject({ problem: { status: 400, code: 'unknown_script', fix: expect.stringContaining('#!/usr/bin/env node') } });
  });
});

describe('an interpreter that is not there', () => {
  it('is named with what to install, and the same script runs once it was installed', async () => {
    const bin = join(home, 'bin');
    mkdirSync(bin);
    const script = 'def start():\n    print("at last")\n';
    await expect(run(script, { path: bin })).rejects.toMatchObject({ problem: { status: 503, code: 'interpreter_missing', fix: expect.stringContaining('apt-get install python3') } });
    await expect(run('#!/opt/none/ruby\n', { path: bin })).rejects.toMatchObject({ problem: { code: 'interpreter_missing', message: expect.stringContaining('/opt/none/ruby') } });
    symlinkSync(pythonOf(PYTHON), join(bin, 'python3'));
    expect(await run(script, { path: bin })).toMatchObject({ exit: 0, output: 'at last\n' });
  });
});

describe('the environment of a script', () => {
  it('is small, and all of it is for the script', async () => {
    process.env['SECRET_OF_THE_WORKER'] = 'x';
    const script = '#!/usr/bin/env node\nconst { env } = process; const { readFileSync } = require("fs");\n' +
      'const file = (name) => JSON.parse(readFileSync(env[name]));\n' +
      'console.log(JSON.stringify({ env, nodes: file("GRID_NODES"), roles: file("GRID_ROLES"), options: file("GRID_OPTIONS"), cwd: process.cwd() }));\n';
    const seen = JSON.parse((await run(script)).output);
    delete process.env['SECRET_OF_THE_WORKER'];
    const { cluster } = request('');
    const certificates = process.env['NODE_EXTRA_CA_CERTS'] ? ['NODE_EXTRA_CA_CERTS'] : [];
    expect({ nodes: seen.nodes, roles: seen.roles, options: seen.options }).toEqual({ nodes: cluster.nodes, roles: cluster.roles, options: cluster.options });
    expect(seen.env).toMatchObject({ CLUSTERDN: cluster.dn, GRID_API: 'http://127.0.0.1:1', GRID_VERB: 'start', GRID_RUN: 'run-1', GRID_ID: GRID, HOME: '.', TMPDIR: './tmp' });
    expect(Object.keys(seen.env).sort()).toEqual(['CLUSTERDN', 'GRID_API', 'GRID_CHILD', 'GRID_ID', 'GRID_NODES', 'GRID_OPTIONS', 'GRID_ROLES', 'GRID_RUN', 'GRID_SCRIPT', 'GRID_TOKEN', 'GRID_VERB', 'HOME', 'LANG', ...certificates, 'PATH', 'PYTHONUNBUFFERED', 'TMPDIR']);
    expect(seen.cwd).toBe('.');
  });
  it('has the grid command on its PATH, its words kept whole', async () => {
    expect(await run('#!/bin/sh\ngrid role set service1 "it\'s running"\n')).toMatchObject({ exit: 0, output: "grid role set service1 it's running\n" });
  });
  it('holds the token, which shows neither in the output nor on the way', async () => {
    let streamed = '';
    const script = '#!/bin/sh\nprintf "%s" "$GRID_TOKEN" | cut -c1-4\nprintf "a $GRID_TO"; sleep 0.1; echo "$GRID_TOKEN b"; echo "$GRID_TOKEN" >&2\nprintf "$GRID_TOKEN"\n';
    const { output } = await run(script, {}, { onOutput: (text) => (streamed += text) });
    expect(output).toContain('tok-\n');
    expect(output).toContain('a *** b\n');
    for (const text of [output, streamed]) expect(text).not.toContain(TOKEN);
  });
  it('lacks the token where there is none', async () => {
    expect(await run('#!/bin/sh\necho "[${GRID_TOKEN-none}]"\n', { token: undefined })).toMatchObject({ output: '[none]\n' });
  });
});

describe('the limits of a script', () => {
  it('give its output as it comes, line by line', async () => {
    const seen: string[] = [];
    await run('#!/bin/sh\necho one; sleep 0.2; echo two >&2; printf three\n', {}, { onOutput: (text) => seen.push(text) });
    expect(seen).toEqual(['one\n', 'two\n', 'three']);
  });
  it('keep the last 64 KiB of its output', async () => {
    const { exit, output } = await run('#!/bin/sh\nseq 1 100000\n');
    expect(exit).toBe(0);
    expect(Buffer.byteLength(output)).toBe(64 * 1024);
    expect(output.endsWith('\n99999\n100000\n')).toBe(true);
  });
  it('tell an exit code that is not 0', async () => expect(await run('#!/bin/sh\necho no >&2; exit 42\n')).toEqual({ exit: 42, output: 'no\n', timedOut: false }));
  it('tell a signal', async () => expect(await run('#!/bin/sh\nkill -9 $$\n')).toEqual({ exit: null, output: '(ended by SIGKILL)\n', timedOut: false }));
  it('end one that hangs and does not listen to signals, with what it said last', async () => {
    const script = '#!/bin/sh\ntrap "" TERM INT HUP\necho hanging\nwhile :; do sleep 1; done\n';
    expect(await run(script, { timeoutMs: 700 })).toEqual({ exit: null, output: 'hanging\n(ended: it did not finish within 0.7 s)\n', timedOut: true });
  });
  it('end what it forked, also in a session of its own', async () => {
    const began = Date.now();
    expect(await run('#!/bin/sh\nsetsid sleep 300 &\nsleep 300 &\necho done\n')).toMatchObject({ exit: 0, output: 'done\n' });
    expect(Date.now() - began).toBeLessThan(10_000);
  });
  it('end one that prints for ever', async () => {
    const { exit, output, timedOut } = await run('#!/bin/sh\nyes flood\n');
    expect({ exit, timedOut }).toEqual({ exit: null, timedOut: false });
    expect(output.slice(-200)).toMatch(/flood\n.*\n\(ended: it printed more than 64 MiB\)\n$/);
  });
  it('end it when the caller gives up, with nothing left', async () => {
    const caller = new AbortController();
    const running = run('#!/bin/sh\nsetsid sleep 300 &\necho up; sleep 300\n', {}, { signal: caller.signal, onOutput: () => caller.abort(new Error('cancelled')) });
    await expect(running).rejects.toThrow('cancelled');
  });
});

describe('one script of a cluster at a time', () => {
  it('ends one that is still running for it, and removes its directory', async () => {
    const up = signal();
    const first = run('#!/bin/sh\necho up; sleep 300\n', {}, { onOutput: () => up.give() });
    await up.given;
    const second = await run('#!/bin/sh\nls "$HOME/.." | wc -l\n', { runId: 'run-2' });
    expect(second).toMatchObject({ exit: 0, output: '1\n' });
    expect(await first).toMatchObject({ exit: null, output: 'up\n(ended by SIGKILL)\n' });
  });
  it('leaves the scripts of other clusters and other grids alone', async () => {
    const up = signal();
    const other = new AbortController();
    const { cluster } = request('');
    const neighbour = run('#!/bin/sh\necho up; sleep 300\n', { cluster: { ...cluster, id: `${CLUSTER}0` } }, { signal: other.signal, onOutput: () => up.give() });
    await up.given;
    await run('#!/bin/sh\n');
    await run('#!/bin/sh\n', { grid: 'another', cluster: { ...cluster, id: `${CLUSTER}0` }, gridHome: join(home, 'other') });
    expect(await leftOf(`${CLUSTER}0`)).not.toEqual([]);
    other.abort();
    await expect(neighbour).rejects.toThrow();
    expect(await leftOf(`${CLUSTER}0`)).toEqual([]);
  });
});

it('says that its directory cannot be written, without naming it', async () => {
  const file = join(home, 'file');
  symlinkSync('/dev/null', file);
  await expect(run('#!/bin/sh\n', { gridHome: file })).rejects.toMatchObject({ problem: { status: 503, code: 'no_place_for_script', message: expect.not.stringContaining(home) } });
  expect(readFileSync('/dev/null', 'utf8')).toBe('');
});
