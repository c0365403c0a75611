import type { ExecRequest } from '../../model/machine';
import { BARE_IMAGE, startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { DOCKER, describeNeeding } from '../support/parts';
import { openDockerGround, type DockerGround } from './docker_ground';
import { never, openWatch, printed, sh } from './process_ground';

describeNeeding(DOCKER, 'in containers', () => {
  let engine: DockerEngine;
  let ground: DockerGround;
  beforeAll(async () => {
    engine = await startDockerEngine();
    ground = openDockerGround(engine, '10.196');
  });
  afterEach(() => ground.audit());
  afterAll(() => engine.close());

  const exec = (id: string, argv: string[], more: Partial<ExecRequest> = {}, signal = never) =>
    ground.driver.exec(id, { argv, timeoutMs: 20_000, ...more }, signal);
  const id = async (machine: string) => String((await ground.find(machine))!.ref['containerId']);
  /** Command lines of all that runs in a machine. */
  const running = async (machine: string) => {
    const { Titles, Processes } = await engine.docker.getContainer(await id(machine)).top({ ps_args: '-eo pid,args' }) as { Titles: string[]; Processes: string[][] };
    return Processes.map((row) => row[Titles.indexOf('COMMAND')]!).sort();
  };
  const idle = ['/sbin/docker-init -- sleep 300', 'sleep 300'];
  const sleeping = ['sleep', '300'];

  describe('commands', () => {
    test('one sees what the machine\'s own command sees, and what it is given', async () => {
      await ground.start('seeing', sleeping, { env: { COLOUR: 'blue' } });
      const result = await exec('seeing', sh('pwd; echo $COLOUR $SIZE $GRID_MACHINE; cat; echo err >&2; exit 3'), { stdin: 'given', env: { SIZE: '7', GRID_MACHINE: 'other' } });
      expect(result).toEqual({ exit: 3, signal: null, stdout: '/\nblue 7 seeing\ngiven', stderr: 'err\n', truncated: false, timedOut: false });
      expect(await exec('seeing', ['cat'])).toMatchObject({ exit: 0, stdout: '' });
      const long = 'x'.repeat(300_000);
      expect((await exec('seeing', ['wc', '-c'], { stdin: long })).stdout).toBe('300000\n');
    });

    test('one is argv and never a shell line, and ends with a signal where one ended it', async () => {
      await ground.start('argv', sleeping);
      const hostile = ['$(touch x)', '; touch x', '"\'', '*', '-n', 'a\nb', 'A=B', '', '中'];
      expect((await exec('argv', ['printf', '<%s>', ...hostile])).stdout).toBe(hostile.map((part) => `<${part}>`).join(''));
      expect(await exec('argv', sh('kill -9 $$'))).toMatchObject({ exit: null, signal: 'SIGKILL', timedOut: false });
    });

    test('one over its time, one that floods and one that forks leave nothing but the machine', async () => {
      await ground.start('busy', sleeping);
      const [hung, flood, forked] = await Promise.all([
        exec('busy', sh('setsid sleep 301 & sleep 302'), { timeoutMs: 500 }),
        exec('busy', sh('yes 0123456789 | head -c 5000000')),
        exec('busy', sh('setsid sleep 303 & sleep 304 & echo forked')),
      ]);
      expect(hung).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
      expect(flood).toMatchObject({ exit: 0, truncated: true });
      expect(flood.stdout).toHaveLength(64 * 1024);
      expect(forked).toMatchObject({ exit: 0, stdout: 'forked\n' });
      expect(await running('busy')).toEqual(idle);
      expect(await ground.find('busy')).toMatchObject({ state: 'running' });
    });

    test('one that becomes somebody else is ended too, for it stays in its session', async () => {
      await ground.start('other', sleeping);
      await exec('other', ['tee', '/etc/passwd'], { stdin: 'nobody:x:65534:65534::/:/bin/sh\n' });
      expect(await exec('other', ['su', 'nobody', '-c', 'sleep 301 & sleep 302'], { timeoutMs: 500 })).toMatchObject({ timedOut: true });
      expect(await running('other')).toEqual(idle);
    });

    test('a cancelled call ends its command and rejects', async () => {
      await ground.start('cancelled', sleeping);
      const controller = new AbortController();
      const call = exec('cancelled', sh('sleep 301 & sleep 302'), {}, controller.signal);
      while ((await running('cancelled')).length < 5) await new Promise(setImmediate);
      controller.abort(new Error('cancelled'));
      await expect(call).rejects.toThrow('cancelled');
      expect(await running('cancelled')).toEqual(idle);
    });

    test('a stop of the machine ends what is executed in it', async () => {
      await ground.start('stopped', sleeping);
      const call = exec('stopped', sh('trap "" TERM; sleep 301'));
      while ((await running('stopped')).length < 4) await new Promise(setImmediate);
      await ground.stop('stopped', 100);
      expect(await call).toMatchObject({ exit: null, signal: 'SIGKILL' });
    });

    test('a machine that is not there, one that is dead and a program that is missing are told apart', async () => {
      const watch = openWatch(ground);
      await ground.start('dead', sh('echo the reason; exit 1'));
      await watch.deathOf('dead');
      await ground.start('poor', sleeping);
      await expect(exec('dead', ['true'])).rejects.toMatchObject({ problem: { status: 409, code: 'machine_dead', evidence: 'the reason\n' } });
      await expect(exec('nowhere', ['true'])).rejects.toMatchObject({ problem: { status: 404, code: 'no_machine' } });
      await expect(ground.driver.logs('nowhere', {}, never)).rejects.toMatchObject({ problem: { status: 404, code: 'no_machine' } });
      await expect(exec('poor', ['no-such-program'])).rejects.toMatchObject({ problem: { status: 400, code: 'cannot_start' } });
      expect(await exec('poor', sh('exit 127'))).toMatchObject({ exit: 127 });
      await watch.close();
    });

    test('in an image without a shell one runs as it is, and one that overruns its time is said to run on', async () => {
      await ground.start('bare', ['/sleep', '300'], { image: BARE_IMAGE });
      expect(await exec('bare', ['/sleep', '0'])).toMatchObject({ exit: 0 });
      await expect(exec('bare', ['/no-such-program'])).rejects.toMatchObject({ problem: { status: 400, code: 'cannot_start' } });
      await expect(exec('bare', ['/sleep', '300'], { timeoutMs: 300 })).rejects.toMatchObject({ problem: { status: 409, code: 'cannot_end', fix: expect.stringContaining('Stop the machine') } });
    });
  });

  describe('output', () => {
    const read = (machine: string, offset: number, waitMs = 0) => ground.driver.logs(machine, { offset, waitMs }, never);

    /** All of it, piece by piece from an offset on, until the machine is dead. */
    async function everything(machine: string, from = 0) {
      let text = '';
      let end = false;
      for (let offset = from; !end;) {
        const chunk = await read(machine, offset, 20_000);
        expect(Buffer.byteLength(chunk.text)).toBeLessThanOrEqual(64 * 1024);
        expect(chunk.nextOffset).toBeGreaterThanOrEqual(offset);
        text += chunk.text;
        ({ nextOffset: offset, end } = chunk);
      }
      return text;
    }

    test('it is read by offset, piece by piece, without loss, while it is written and after', async () => {
      await ground.start('counting', sh('seq 1 40000; printf "\\344\\270\\255"; exit 0'));
      const expected = `${Array.from({ length: 40_000 }, (_, i) => i + 1).join('\n')}\n中`;
      expect(await everything('counting')).toBe(expected);
      expect(await everything('counting')).toBe(expected);
    });

    test('of two streams at once no line is lost or doubled, whoever is faster', async () => {
      await ground.start('both', sh('(seq 1 3000) & (seq 100001 103000 >&2) & wait'));
      const lines = (await everything('both')).trim().split('\n').map(Number);
      expect(lines.filter((n) => n < 100_000)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
      expect(lines.filter((n) => n > 100_000)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 100_001));
    });

    test.each([[0, ''], [1, '3\n'], [2, '2\n3\n'], [3, '1\n2\n3\n'], [100, '1\n2\n3\n']])('the last %i lines are %j, and reading goes on behind them', async (tailLines, text) => {
      await ground.start('tail', sh('seq 1 3; mkfifo /p; read -r _ </p; echo 4; exit 0'));
      await printed(ground, 'tail', /3\n/);
      const chunk = await ground.driver.logs('tail', { tailLines }, never);
      expect(chunk).toEqual({ text, nextOffset: expect.any(Number), end: false });
      await exec('tail', sh('while ! test -p /p; do sleep 0.02; done; echo go >/p'));
      expect(await everything('tail', chunk.nextOffset)).toBe('4\n');
    });

    test('a tail does not begin in the middle of a character, nor does a piece end there', async () => {
      await ground.start('wide', sh('yes 中文字 | head -c 300000 | tr -d "\\n"'));
      const all = await everything('wide');
      expect({ length: all.length, others: all.replaceAll(/[中文字]/g, '') }).toEqual({ length: 90_000, others: '' });
      expect((await ground.driver.logs('wide', { tailLines: 1 }, never)).text).toMatch(/^[中文字]+$/);
    });

    test('who waits for output gets it when it comes, an empty answer when it does not, the end when the machine dies', async () => {
      await ground.start('talk', sh('mkfifo /p; exec 4<>/p; while read -r line <&4; do echo "$line"; done'));
      expect(await read('talk', 0, 50)).toEqual({ text: '', nextOffset: 0, end: false });
      const heard = read('talk', 0, 20_000);
      await exec('talk', sh('while ! test -p /p; do sleep 0.02; done; echo hello >/p'));
      const { nextOffset } = await heard;
      expect(await heard).toEqual({ text: 'hello\n', nextOffset: expect.any(Number), end: false });
      const last = read('talk', nextOffset, 60_000);
      const killedAt = Date.now();
      await engine.docker.getContainer(await id('talk')).kill();
      expect(await last).toEqual({ text: '', nextOffset, end: true });
      expect(Date.now() - killedAt).toBeLessThan(5_000);
      expect(await read('talk', nextOffset + 1e9)).toEqual({ text: '', nextOffset, end: true });
    });

    test('who waits for output can be called off', async () => {
      await ground.start('silent', sleeping);
      const controller = new AbortController();
      const waiting = ground.driver.logs('silent', { offset: 0, waitMs: 60_000 }, controller.signal);
      setTimeout(() => controller.abort(new Error('called off')), 50);
      await expect(waiting).rejects.toThrow('called off');
    });

    test('a flood takes no more of the disk than it may, and who reads it goes on where it was', async () => {
      await ground.start('flood', sh('echo first; mkfifo /p; read -r _ </p; yes 0123456789012345678901234567890123456789 | head -n 400000; echo last; exit 0'));
      await printed(ground, 'flood', /first/);
      const { nextOffset } = await ground.driver.logs('flood', { tailLines: 1 }, never);
      await exec('flood', sh('while ! test -p /p; do sleep 0.02; done; echo go >/p'));
      await engine.docker.getContainer(await id('flood')).wait();
      const tail = await ground.driver.logs('flood', { tailLines: 2 }, never);
      expect(tail).toMatchObject({ text: expect.stringMatching(/^0123456789\d+\nlast\n$/), end: true });
      const oldest = await read('flood', nextOffset);
      expect(oldest.text).toMatch(/^(\d{40}\n)+$/);
      expect(oldest.nextOffset).toBeGreaterThan(nextOffset);
      expect(oldest.nextOffset).toBeLessThan(tail.nextOffset);
    });
  });
});
