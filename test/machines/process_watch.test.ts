import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openGround, openWatch, printed, sh } from './process_ground';

const ground = openGround();
afterEach(() => ground.stopAll());
afterAll(() => ground.audit());

const ref = async (id: string) => Number((await ground.find(id))!.ref['pid']);

test('a death is told within milliseconds of a kill -9 of init, of the group, and of the command', async () => {
  const watch = openWatch(ground);
  const took: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(['init', 'group', 'command'].map((id) => ground.start(`${id}-${round}`, sh('echo $$; exec sleep 300'))));
    for (const [id, target] of [
      [`init-${round}`, await ref(`init-${round}`)],
      [`group-${round}`, -(await ref(`group-${round}`))],
      [`command-${round}`, Number(await printed(ground, `command-${round}`, /\n/))],
    ] as const) {
      await printed(ground, id, /\n/);
      const killedAt = performance.now();
      process.kill(target, 'SIGKILL');
      const death = await watch.deathOf(id);
      took.push(death.seenAt - killedAt);
      expect(death).toMatchObject({
        machine: id, owner: 'cluster/test/reference/1.0.0/1', node: id, generation: 1, lastOutput: expect.stringMatching(/^\d+\n$/),
        exit: { code: null, signal: id.startsWith('command') ? 'SIGKILL' : null },
      });
    }
  }
  await watch.close();
  took.sort((a, b) => a - b);
  console.log(`kill -9 to onDeath: median ${took[7]!.toFixed(1)} ms, worst ${took.at(-1)!.toFixed(1)} ms`);
  expect(took[7]).toBeLessThan(250);
});

test('a command that ends by itself is told with its exit and its last output', async () => {
  const watch = openWatch(ground);
  await ground.start('ends', sh('yes long | head -c 10000; echo last words >&2; exit 7'));
  const death = await watch.deathOf('ends');
  expect(death.exit).toEqual({ code: 7, signal: null, at: expect.stringMatching(/^\d{4}-.*Z$/) });
  expect(death.lastOutput).toMatch(/last words\n$/);
  expect(Buffer.byteLength(death.lastOutput)).toBe(4096);
  expect(await ground.find('ends')).toMatchObject({ state: 'dead', exit: death.exit, lastOutput: death.lastOutput });
  await watch.close();
});

test('a command that cannot be started is a machine that died, and says why without naming our directories', async () => {
  const watch = openWatch(ground);
  await ground.start('missing', ['no-such-program']);
  const death = await watch.deathOf('missing');
  expect(death).toMatchObject({ exit: { code: 127, signal: null }, lastOutput: expect.stringContaining('no-such-program: not found') });
  expect(death.lastOutput).not.toContain(ground.gridHome);
  await watch.close();
});

test('a TERM to init alone reaches the command, and the command\'s own end is what is told', async () => {
  const watch = openWatch(ground);
  await ground.start('asked', sh('trap "sleep 0.2; echo saved; exit 5" TERM; echo ready; while :; do sleep 0.05; done'));
  await printed(ground, 'asked', /ready/);
  process.kill(await ref('asked'), 'SIGTERM');
  expect(await watch.deathOf('asked')).toMatchObject({ exit: { code: 5, signal: null }, lastOutput: expect.stringMatching(/saved\n$/) });
  await watch.close();
});

test('a death from before the watch is told when it begins, and then never again', async () => {
  await ground.start('earlier', sh('exit 3'));
  const first = openWatch(ground);
  expect(await first.deathOf('earlier')).toMatchObject({ exit: { code: 3 } });
  await first.close();
  const second = openWatch(ground);
  await ground.start('later', sh('exit 4'));
  await second.deathOf('later');
  await second.close();
  expect(second.deaths.map(({ machine }) => machine)).toEqual(['later']);
});

test('a machine that is stopped on purpose is not told', async () => {
  const watch = openWatch(ground);
  await ground.start('on-purpose', sh('sleep 300'));
  await ground.stop('on-purpose');
  await ground.start('by-itself', sh('exit 0'));
  await watch.deathOf('by-itself');
  await watch.close();
  expect(watch.deaths.map(({ machine }) => machine)).toEqual(['by-itself']);
});

test('a death that could not be told is told again', async () => {
  let refusals = 0;
  const watch = openWatch(ground, async () => {
    if (refusals++ === 0) throw new Error('nobody there');
  });
  await ground.start('insistent', sh('exit 0'));
  // Any other machine's start makes the watch look again; without one it does after half a minute.
  while (refusals === 0) await new Promise(setImmediate);
  await ground.start('occasion');
  await watch.deathOf('insistent');
  expect(refusals).toBe(2);
  await watch.close();
});

test('each life of a machine that is started anew is watched', async () => {
  const watch = openWatch(ground);
  for (let life = 1; life <= 4; life += 1) {
    await ground.start('lives', sh('exit "$1"', String(life)));
    expect((await watch.deathOf('lives', life)).exit.code).toBe(life);
  }
  await ground.stop('lives');
  await ground.start('lives', sh('exit 9'));
  expect((await watch.deathOf('lives', 5)).exit.code).toBe(9);
  await watch.close();
});

test('a watch ends when it is told to, with machines alive, and keeps nothing open', async () => {
  await Promise.all(Array.from({ length: 5 }, (_, i) => ground.start(`alive-${i}`)));
  const before = process.getActiveResourcesInfo().length;
  const watch = openWatch(ground);
  await ground.start('seen', sh('exit 0'));
  await watch.deathOf('seen');
  await watch.close();
  await new Promise(setImmediate);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
});

test('things in the directory of machines that are none do not disturb the watch', async () => {
  writeFileSync(join(ground.gridHome, 'machines', 'a-file'), '');
  const watch = openWatch(ground);
  await ground.start('among', sh('exit 0'));
  await watch.deathOf('among');
  await watch.close();
  rmSync(join(ground.gridHome, 'machines', 'a-file'));
});
