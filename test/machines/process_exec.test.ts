import { join } from 'node:path';
import { never, openGround, openWatch, printed, sh } from './process_ground';
import type { ExecRequest } from '../../model/machine';

const ground = openGround();
afterEach(() => ground.stopAll());
afterAll(() => ground.audit());

const exec = (id: string, argv: string[], more: Partial<ExecRequest> = {}, signal = never) =>
  ground.driver.exec(id, { argv, timeoutMs: 20_000, ...more }, signal);

test('a command sees what the machine\'s own command sees, and what it is given', async () => {
  await ground.start('seeing', ['sleep', '300'], { env: { COLOUR: 'blue' } });
  const result = await exec('seeing', sh('pwd; echo $COLOUR $SIZE $GRID_MACHINE; cat; echo err >&2; exit 3'), { stdin: 'given', env: { SIZE: '7', GRID_MACHINE: 'other' } });
  expect(result).toEqual({
    exit: 3, signal: null, stdout: `${join(ground.gridHome, 'machines', 'seeing', 'root')}\nblue 7 seeing\ngiven`, stderr: 'err\n',
    truncated: false, timedOut: false,
  });
});

test('a command over its time, one that floods and one that forks leave nothing but the machine', async () => {
  await ground.start('busy', ['sleep', '300']);
  const [hung, flood, forked] = await Promise.all([
    exec('busy', sh('setsid sleep 300 & sleep 300'), { timeoutMs: 200 }),
    exec('busy', sh('yes 0123456789 | head -c 20000000')),
    exec('busy', sh('setsid sleep 300 & sleep 300 & echo forked')),
  ]);
  expect(hung).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  expect(flood).toMatchObject({ exit: 0, truncated: true });
  expect(flood.stdout).toHaveLength(64 * 1024);
  expect(forked).toMatchObject({ exit: 0, stdout: 'forked\n' });
  expect(await ground.pids('busy')).toHaveLength(2);
  expect(await ground.find('busy')).toMatchObject({ state: 'running' });
});

test('a cancelled call ends its command and rejects', async () => {
  await ground.start('cancelled', ['sleep', '300']);
  const controller = new AbortController();
  const call = exec('cancelled', sh('sleep 300 & sleep 300'), {}, controller.signal);
  setTimeout(() => controller.abort(new Error('cancelled')), 100);
  await expect(call).rejects.toThrow('cancelled');
  expect(await ground.pids('cancelled')).toHaveLength(2);
});

test('a stop of the machine ends what is executed in it', async () => {
  await ground.start('stopped', ['sleep', '300']);
  const call = exec('stopped', sh('trap "" TERM; sleep 300'));
  while ((await ground.pids('stopped')).length < 4) await new Promise(setImmediate);
  await ground.stop('stopped', 100);
  expect(await call).toMatchObject({ exit: null, signal: 'SIGKILL' });
});

test('a machine that is not there and one that is dead are told apart', async () => {
  const watch = openWatch(ground);
  await ground.start('dead', sh('echo the reason; exit 1'));
  await watch.deathOf('dead');
  await expect(exec('dead', ['true'])).rejects.toMatchObject({ problem: { status: 409, code: 'machine_dead', evidence: 'the reason\n' } });
  await expect(exec('nowhere', ['true'])).rejects.toMatchObject({ problem: { status: 404, code: 'no_machine' } });
  await expect(ground.driver.logs('nowhere', {}, never)).rejects.toMatchObject({ problem: { status: 404, code: 'no_machine' } });
});

test('a program that is missing is refused', async () => {
  await ground.start('poor', ['sleep', '300']);
  await expect(exec('poor', ['no-such-program'])).rejects.toMatchObject({ problem: { status: 400, code: 'cannot_start' } });
});

test('logs are read by offset, piece by piece, without loss', async () => {
  await ground.start('counting', sh('seq 1 40000; printf "\\344\\270\\255"; exit 0'));
  await printed(ground, 'counting', /中/);
  let text = '';
  for (let offset = 0, end = false; !end;) {
    const chunk = await ground.driver.logs('counting', { offset, waitMs: 5_000 }, never);
    expect(Buffer.byteLength(chunk.text)).toBeLessThanOrEqual(64 * 1024);
    text += chunk.text;
    offset = chunk.nextOffset;
    end = chunk.end;
  }
  expect(text).toBe(`${Array.from({ length: 40_000 }, (_, i) => i + 1).join('\n')}\n中`);
});

test.each([[0, ''], [1, '3\n'], [2, '2\n3\n'], [3, '1\n2\n3\n'], [100, '1\n2\n3\n']])('the last %i lines are %j', async (tailLines, text) => {
  await ground.start('tail', sh('seq 1 3; sleep 300'));
  await printed(ground, 'tail', /3\n/);
  expect(await ground.driver.logs('tail', { tailLines }, never)).toEqual({ text, nextOffset: 6, end: false });
});

test('a tail does not begin in the middle of a character, nor does a piece end there', async () => {
  await ground.start('wide', sh('yes 中文字 | head -c 300000 | tr -d "\\n"; echo; sleep 300'));
  await printed(ground, 'wide', /\n$/);
  expect((await ground.driver.logs('wide', { tailLines: 1 }, never)).text).toMatch(/^[中文字]+\n$/);
  expect((await ground.driver.logs('wide', { offset: 0 }, never)).text).toMatch(/^[中文字]+$/);
});

test('who waits for output gets it when it comes, an empty answer when it does not, the end when the machine dies', async () => {
  const read = (waitMs: number, offset = 0, signal = never) => ground.driver.logs('talk', { offset, waitMs }, signal);
  await ground.start('talk', sh('mkfifo pipe; exec 4<>pipe; while read -r line <&4; do echo "$line"; done'));
  expect(await read(50)).toEqual({ text: '', nextOffset: 0, end: false });
  const heard = read(20_000);
  await exec('talk', sh('while ! test -p pipe; do sleep 0.02; done; echo hello >pipe'));
  expect(await heard).toEqual({ text: 'hello\n', nextOffset: 6, end: false });
  const waiting = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
  const last = read(60_000, 6);
  while (waiting() === 0) await new Promise(setImmediate);
  const killedAt = Date.now();
  process.kill(Number((await ground.find('talk'))!.ref['pid']), 'SIGKILL');
  expect(await last).toEqual({ text: '', nextOffset: 6, end: true });
  expect(Date.now() - killedAt).toBeLessThan(5_000);
});

test('who waits behind half a character waits, and gets the whole', async () => {
  await ground.start('halves', sh('mkfifo pipe; exec 4<>pipe; printf "\\344\\270"; read -r _ <&4; printf "\\255\\n"; sleep 300'));
  const begun = Date.now();
  let chunk = await ground.driver.logs('halves', { offset: 0, waitMs: 300 }, never);
  while (Date.now() - begun < 200) chunk = await ground.driver.logs('halves', { offset: 0, waitMs: 300 }, never);
  expect(chunk).toEqual({ text: '', nextOffset: 0, end: false });
  await exec('halves', sh('while ! test -p pipe; do sleep 0.02; done; echo go >pipe'));
  expect(await printed(ground, 'halves', /\n/)).toBe('中\n');
});

test('who waits for output can be called off', async () => {
  await ground.start('silent');
  const controller = new AbortController();
  const waiting = ground.driver.logs('silent', { offset: 0, waitMs: 60_000 }, controller.signal);
  setTimeout(() => controller.abort(new Error('called off')), 50);
  await expect(waiting).rejects.toThrow('called off');
});

test('an offset beyond the end is the end', async () => {
  await ground.start('short', sh('echo x; sleep 300'));
  await printed(ground, 'short', /x/);
  expect(await ground.driver.logs('short', { offset: 1_000_000 }, never)).toEqual({ text: '', nextOffset: 2, end: false });
});
