import { readdirSync, readFileSync } from 'node:fs';
import { runChild, type ChildRequest } from '../../activities/run_child';
import { sweepByLabel } from '../../activities/processes/sweep';

const label = { GRID_TEST: `run-child-${process.pid}` };

const request = (argv: string[], more: Partial<ChildRequest> = {}): ChildRequest => ({
  argv, env: { PATH: process.env['PATH']! }, cwd: '/', timeoutMs: 20_000, labels: label,
  signal: new AbortController().signal, keepBytes: 64 * 1024, ...more,
});
const sh = (line: string, more?: Partial<ChildRequest>) => runChild(request(['sh', '-c', line], more));

function labelled(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(label.GRID_TEST);
    } catch {
      return false;
    }
  });
}

afterEach(() => expect(labelled()).toEqual([]));
afterAll(() => sweepByLabel(label));

test('a command answers with its exit, its output and its error output, apart', async () => {
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({
    exit: 3, signal: null, stdout: 'out\n', stderr: 'err\n', truncated: false, timedOut: false,
  });
});

test('a command that a signal ended names the signal', async () => {
  expect(await sh('kill -TERM $$')).toMatchObject({ exit: null, signal: 'SIGTERM' });
});

test('a command reads what it is given, and an end of file when it is given nothing', async () => {
  const text = 'ä'.repeat(300_000);
  expect((await sh('wc -c', { stdin: text })).stdout.trim()).toBe('600000');
  expect((await sh('wc -c')).stdout.trim()).toBe('0');
});

test('a command that does not read its input ends all the same', async () => {
  expect(await sh('exec 0<&-; exit 4', { stdin: 'x'.repeat(1_000_000) })).toMatchObject({ exit: 4 });
});

test('a command over its time is killed with all it forked, also what left its group', async () => {
  const begun = Date.now();
  const result = await sh('setsid sh -c "sleep 300 & wait" & sleep 300 & sleep 300', { timeoutMs: 300 });
  expect(result).toMatchObject({ exit: null, signal: 'SIGKILL', timedOut: true });
  expect(Date.now() - begun).toBeLessThan(3_000);
});

test('what a command forked and left behind is gone when it returns', async () => {
  const result = await sh('setsid sleep 300 & (trap "" TERM HUP; sleep 300) & echo started; sleep 0.1');
  expect(result).toMatchObject({ exit: 0, stdout: 'started\n', timedOut: false });
});

test('a command that prints without end costs no more memory than what is kept', async () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const onOutput = () => { most = Math.max(most, process.memoryUsage().arrayBuffers - before); };
  const result = await sh('yes 0123456789abcdef | head -c 100000000', { onOutput });
  expect(result).toMatchObject({ exit: 0, truncated: true });
  expect(result.stdout).toHaveLength(64 * 1024);
  expect(most).toBeLessThan(64 * 1024 * 1024);
});

test('an abort ends the command and rejects with the reason', async () => {
  const controller = new AbortController();
  const run = sh('echo ready; sleep 300', { signal: controller.signal, onOutput: () => controller.abort(new Error('enough')) });
  await expect(run).rejects.toThrow('enough');
});

test('an abort before the start starts nothing', async () => {
  await expect(sh('echo never', { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
});

test.each([[['no-such-program-here']], [['sh', '-c', 'a\0b']], [[]]])('%j is refused as a Problem', async (argv) => {
  await expect(runChild(request(argv))).rejects.toMatchObject({ problem: { status: 400, code: 'cannot_start' } });
});

test('a command gets the environment it is given, the labels, and nothing of ours', async () => {
  process.env['GRID_SECRET_OF_OURS'] = 'x';
  const { stdout } = await runChild(request(['env'], { env: { PATH: process.env['PATH']!, A: 'b' } }));
  const names = stdout.split('\n').filter(Boolean).map((line) => line.split('=')[0]).sort();
  expect(names).toEqual(['A', 'GRID_CHILD', 'GRID_TEST', 'PATH']);
});
