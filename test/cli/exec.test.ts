import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../cli/exit';
import type { ExecResult } from '../../model/machine';
import { reachedReady, shown } from '../support/cli_documents';
import { grid } from '../support/cli';
import { recordedGrid, type Recorded, type RecordedGrid } from '../support/recorded_grid';

const LIFE = 'GET /api/v1/lifecycles/cluster/test/reference/1.0.0/1';
const MACHINE = 'clusters--test--reference--1__0__0--1--example1-g1';
const EXEC = `POST /api/v1/machines/${MACHINE}/exec`;
const LOGS = `GET /api/v1/machines/${MACHINE}/logs`;
const result = (more: Partial<ExecResult> = {}): ExecResult => ({ exit: 0, signal: null, stdout: '', stderr: '', truncated: false, timedOut: false, ...more });

let server: RecordedGrid;
afterEach(() => server.close());

async function records(recorded: Record<string, Recorded>): Promise<Record<string, string>> {
  server = await recordedGrid({ [LIFE]: { body: shown(reachedReady()) }, ...recorded });
  return { GRID_API: server.api };
}

test.each([[['reference/1.0.0/1', 'example1']], [['reference/1.0.0/1/example1']], [['clusters/test/reference/1.0.0/1/nodes/example1']], [[MACHINE]]])('%j is the machine', async (target) => {
  const env = await records({ [EXEC]: { body: result({ stdout: 'out\n', stderr: 'err\n', exit: 7 }) } });
  const ran = await grid(['exec', ...target, '--', 'sh', '-c', 'exit 7', '--', '-x'], { env });
  expect(ran).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  expect(server.asked.at(-1)!.body).toEqual({ argv: ['sh', '-c', 'exit 7', '--', '-x'] });
});

test('within a script the name of a node is enough, and one question', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'grid-cli-'));
  try {
    const env = { ...(await records({ [EXEC]: { body: result() } })), CLUSTERDN: 'clusters/test/reference/1.0.0/1' };
    await grid(['exec', 'example1', '--', 'true'], { env });
    expect(server.lines()).toEqual([LIFE, EXEC]);
    const file = join(dir, 'nodes.json');
    writeFileSync(file, JSON.stringify(shown(reachedReady()).nodes));
    await grid(['exec', 'example1', '--', 'true'], { env: { ...env, GRID_NODES: file } });
    expect(server.lines()).toEqual([LIFE, EXEC, EXEC]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a node that is not there is named with those that are, exit 4', async () => {
  const env = await records({});
  expect(await grid(['exec', 'reference/1.0.0/1', 'nobody', '--', 'true'], { env })).toMatchObject({ code: EXIT.notFound, stderr: expect.stringContaining('its nodes are example0, example1') });
});

test('standard input goes along only when asked for', async () => {
  const env = await records({ [EXEC]: { body: result() } });
  await grid(['exec', MACHINE, '--', 'cat'], { env, stdin: 'hello' });
  await grid(['exec', '-i', MACHINE, '--', 'cat'], { env, stdin: 'hello' });
  await grid(['exec', MACHINE, '--stdin', '--timeout', '1.5', '--', 'cat'], { env, stdin: 'hello' });
  expect(server.asked.map((a) => a.body)).toEqual([{ argv: ['cat'] }, { argv: ['cat'], stdin: 'hello' }, { argv: ['cat'], stdin: 'hello', timeoutMs: 1500 }]);
});

test.each<[Partial<ExecResult>, number, string]>([
  [{ exit: null, signal: 'SIGKILL' }, 137, ''],
  [{ exit: null, signal: 'SIGKILL', timedOut: true }, 124, 'it took too long'],
  [{ truncated: true }, 0, 'this is its end'],
])('%j ends as in a shell', async (more, code, said) => {
  const env = await records({ [EXEC]: { body: result(more) } });
  expect(await grid(['exec', MACHINE, '--', 'x'], { env })).toMatchObject({ code, stderr: expect.stringContaining(said) });
});

test('with --json the whole result is printed, and the exit code is still that of the command', async () => {
  const env = await records({ [EXEC]: { body: result({ exit: 3, stdout: 'x' }) } });
  const ran = await grid(['exec', MACHINE, '--json', '--', 'x'], { env });
  expect([ran.code, JSON.parse(ran.stdout)]).toEqual([3, result({ exit: 3, stdout: 'x' })]);
});

test.each([[['exec', 'x']], [['exec', 'x', 'ls']], [['exec', '--', 'ls']], [['exec', 'x', '--']], [['exec', 'x', '--timeout', 'soon', '--', 'ls']], [['logs', 'x', '--tail', '-1']]])('%j is wrong use', async (words) => {
  expect(await grid(words, { env: await records({}) })).toMatchObject({ code: EXIT.usage });
  expect(server.asked).toEqual([]);
});

test('logs are the last lines, raw; with --json documents', async () => {
  const env = await records({ [LOGS]: { text: 'one\ntwo\n' } });
  expect(await grid(['logs', 'reference/1.0.0/1/example1', '--tail', '2'], { env })).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  expect(Object.fromEntries(server.asked.at(-1)!.query)).toEqual({ tail: '2' });
  expect(JSON.parse((await grid(['logs', MACHINE, '--json'], { env })).stdout)).toEqual({ machine: MACHINE, text: 'one\ntwo\n' });
});

test('logs -f hands on each line when it comes, and Ctrl-C ends it without a word', async () => {
  const stop = new AbortController();
  let more: () => void = () => undefined;
  const env = await records({
    [LOGS]: (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('first\n');
      more = () => response.write('second\n');
    },
  });
  const seen = (text: string) => (text.includes('first') ? more() : text.includes('second') && stop.abort());
  const ran = await grid(['logs', '-f', MACHINE], { env, signal: stop.signal, onWrite: (text) => void seen(text) });
  expect(ran).toMatchObject({ code: EXIT.interrupted, stdout: 'first\nsecond\n', stderr: '' });
  expect(Object.fromEntries(server.asked[0]!.query)).toEqual({ tail: '100', follow: 'true' });
});

test('logs of a machine that is not there exit 4', async () => {
  expect(await grid(['logs', MACHINE], { env: await records({}) })).toMatchObject({ code: EXIT.notFound, stdout: '' });
});
