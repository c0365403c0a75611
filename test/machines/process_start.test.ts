import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { forgeRecord, openGround, openWatch, printed, readRecord, sh } from './process_ground';

const ground = openGround();
afterEach(() => ground.stopAll());
afterAll(() => ground.audit());

const disk = (name: string, destination: string, origin = join(ground.gridHome, 'disks', 'data', name.slice(4), 'node')) =>
  ({ name, origin, destination, mode: 'rw' as const });

test('a machine without a command idles, in a session of its own, until it is stopped', async () => {
  const machine = await ground.start('idle');
  expect(machine).toMatchObject({ id: 'idle', compute: 'host', state: 'running', host: hostname(), node: 'idle', generation: 1 });
  expect(await ground.pids('idle')).toEqual([machine.ref['pid']]);
  expect(await ground.find('idle')).toEqual(machine);
  await ground.stop('idle');
  expect(await ground.find('idle')).toBeUndefined();
});

test('a second start adopts what the first one made', async () => {
  const first = await ground.start('twice', sh('sleep 300'));
  expect(await ground.start('twice', sh('sleep 300'))).toEqual(first);
  await ground.stop('twice');
});

test('starts at the same time, also of a machine that is dead, yield exactly one', async () => {
  for (const round of ['fresh', 'dead']) {
    if (round === 'dead') {
      const watch = openWatch(ground);
      process.kill(-Number((await ground.find('rush'))!.ref['pgid']), 'SIGKILL');
      await watch.deathOf('rush');
      await watch.close();
    }
    const started = await Promise.all(Array.from({ length: 8 }, () => ground.start('rush', ['sleep', '300'])));
    expect(new Set(started.map((machine) => machine.ref['pid'])).size).toBe(1);
    expect(started[0]).toMatchObject({ state: 'running' });
    await settled('rush', 2);
  }
  await ground.stop('rush');
});

/** Resolves once the machine is exactly so many processes: inits that lost need a moment to end, commands one to begin. */
async function settled(id: string, count: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while ((await ground.pids(id)).length !== count && Date.now() < deadline) await new Promise(setImmediate);
  expect(await ground.pids(id)).toHaveLength(count);
}

test('a machine whose record was lost is found and adopted, not started a second time', async () => {
  const before = await ground.start('unrecorded', ['sleep', '300']);
  rmSync(join(ground.run('unrecorded'), 'record'));
  expect(await ground.find('unrecorded')).toBeUndefined();
  const after = await ground.start('unrecorded', ['sleep', '300']);
  expect(after.ref).toEqual(before.ref);
  await settled('unrecorded', 2);
  await ground.stop('unrecorded');
});

test('a dead machine is cleared away and started anew, with the output of its new life only', async () => {
  const watch = openWatch(ground);
  const first = await ground.start('again', sh('setsid sleep 300 & echo first; sleep 0.1'));
  await watch.deathOf('again');
  expect(await ground.pids('again')).toHaveLength(1);
  const second = await ground.start('again', sh('echo second; exec sleep 300'));
  expect(second.ref['pid']).not.toBe(first.ref['pid']);
  expect(await printed(ground, 'again', /\n/)).toBe('second\n');
  await settled('again', 2);
  process.kill(Number(second.ref['pid']), 'SIGKILL');
  expect((await watch.deathOf('again', 2)).lastOutput).toBe('second\n');
  await ground.stop('again');
  await watch.close();
});

test('a record whose number went to a foreign process is a dead machine, and that process is never signalled', async () => {
  await ground.start('reused', sh('sleep 300'));
  const [, , boot] = readRecord(ground, 'reused');
  process.kill(-Number((await ground.find('reused'))!.ref['pgid']), 'SIGKILL');
  const foreign = (await import('node:child_process')).spawn('sleep', ['300'], { detached: true });
  forgeRecord(ground, 'reused', `${foreign.pid} 12345 ${boot}`);
  expect(await ground.find('reused')).toMatchObject({ state: 'dead', exit: { code: null, signal: null } });
  await ground.start('reused', sh('sleep 300'));
  await ground.stop('reused', 0);
  expect([foreign.exitCode, foreign.signalCode, existsSync(`/proc/${foreign.pid}`)]).toEqual([null, null, true]);
  foreign.kill('SIGKILL');
});

test('a record of another boot is a dead machine', async () => {
  await ground.start('rebooted');
  const [pid, startTime] = readRecord(ground, 'rebooted');
  forgeRecord(ground, 'rebooted', `${pid} ${startTime} 00000000-0000-0000-0000-000000000000`);
  expect(await ground.find('rebooted')).toMatchObject({ state: 'dead' });
  await ground.stop('rebooted', 0);
});

test('a start that follows a stop which was cut off ends that stop first', async () => {
  const before = await ground.start('half', ['sleep', '300']);
  writeFileSync(join(ground.gridHome, 'machines', 'half', 'stopping'), '');
  const after = await ground.start('half', ['sleep', '300']);
  expect(after.ref['pid']).not.toBe(before.ref['pid']);
  await settled('half', 2);
  await ground.stop('half');
});

test('the command finds its labels, addresses and own variables, and nothing of the grid that started it', async () => {
  process.env['GRID_TEST_SECRET'] = 'x';
  await ground.start('environment', ['env'], {
    env: { COLOUR: 'blue; $(false) "', GRID_MACHINE: 'another', PATH: '/usr/bin:/bin' },
    networks: [{ device: 'eth0', network: 'admin', address: '127.77.0.9' }, { device: 'eth-1', network: 'storage', address: '127.77.128.9' }],
  });
  const lines = (await printed(ground, 'environment', /GRID_RUN=1/)).trim().split('\n');
  const found = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  expect(found).toEqual(expect.objectContaining({
    COLOUR: 'blue; $(false) "', GRID_MACHINE: 'environment', GRID_ID: ground.grid, GRID_NODE: 'environment',
    GRID_OWNER: 'cluster/test/reference/1.0.0/1', GRID_ADDRESS: '127.77.0.9', GRID_ADDRESS_ETH0: '127.77.0.9',
    GRID_ADDRESS_ETH_1: '127.77.128.9', PATH: '/usr/bin:/bin', LANG: 'C.UTF-8',
    HOME: join(ground.gridHome, 'machines', 'environment', 'root'),
  }));
  expect(Object.keys(found).filter((name) => name === 'GRID_TEST_SECRET' || name === 'NODE_ENV')).toEqual([]);
  await ground.stop('environment');
});

test('a command is argv and never a shell line, whatever is in it', async () => {
  const hostile = ['$(touch x)', '`touch x`', '; touch x', '"\'', '*', '-n', 'a\nb', 'A=B', ''];
  await ground.start('hostile', ['printf', '<%s>', ...hostile]);
  expect(await printed(ground, 'hostile', /<>$/)).toBe(hostile.map((part) => `<${part}>`).join(''));
  expect(existsSync(join(ground.gridHome, 'machines', 'hostile', 'root', 'x'))).toBe(false);
  await ground.stop('hostile');
});

test.each([['eval', 'echo x'], ['exit', '0'], ['.', './x'], ['trap', '', 'TERM']])('a command named like a word of the shell (%s) is a program that is missing', async (...command) => {
  const watch = openWatch(ground);
  await ground.start('builtin', command);
  expect((await watch.deathOf('builtin')).exit).toMatchObject({ code: command[0] === '.' ? 126 : 127 });
  await ground.stop('builtin');
  await watch.close();
});

test('the command finds its signals as any program does but for INT and QUIT, and no descriptor but its own and the mark', async () => {
  await ground.start('inherited', sh('grep -E "SigIgn|SigBlk" /proc/self/status; ls -l /proc/self/fd; echo end'));
  const text = await printed(ground, 'inherited', /end/);
  expect(text).toMatch(/SigBlk:\s+0{16}/);
  expect(text).toMatch(/SigIgn:\s+0{15}6/);
  const held = [...text.matchAll(/ (\d+) -> (\S+)/g)].filter(([, fd, file]) => file !== '/dev/null' && !file!.endsWith(`/fd`) || fd === '0');
  expect(held.map(([, fd, file]) => `${fd} ${file!.split('/').at(-1)}`)).toEqual(['0 null', '1 output.log', '2 output.log', '8 output.log']);
  await ground.stop('inherited');
});

test('disks are directories below the disk root, seen at their destinations, and gone after the stop', async () => {
  const disks = [disk('disk4', '/storage1'), disk('disk7', '/deep/storage2')];
  await ground.start('disks', sh('echo here >storage1/file; echo there >deep/storage2/file; echo end; sleep 300'), { disks });
  await printed(ground, 'disks', /end/);
  const root = join(ground.gridHome, 'machines', 'disks', 'root');
  expect(lstatSync(join(root, 'storage1')).isSymbolicLink()).toBe(true);
  expect(readlinkSync(join(root, 'deep', 'storage2'))).toBe(disks[1]!.origin);
  expect(readFileSync(join(disks[0]!.origin, 'file'), 'utf8')).toBe('here\n');
  await ground.stop('disks');
  expect(disks.map(({ origin }) => existsSync(origin))).toEqual([false, false]);
});

test.each([
  ['an origin outside the disk root', disk('disk1', '/a', '/etc')],
  ['an origin that climbs out', disk('disk1', '/a', join(ground.gridHome, 'disks') + '/../machines')],
  ['the disk root itself', disk('disk1', '/a', join(ground.gridHome, 'disks'))],
  ['a destination that climbs out', disk('disk1', '/../a')],
  ['a destination that is the root', disk('disk1', '/')],
])('%s is refused before anything is made', async (_, bad) => {
  await expect(ground.start('refused', sh('sleep 300'), { disks: [bad] })).rejects.toMatchObject({ problem: { status: 400, code: 'bad_disk' } });
  expect(existsSync(join(ground.gridHome, 'machines', 'refused'))).toBe(false);
});

test('a destination below a link is refused, for it could lie anywhere', async () => {
  const disks = [disk('disk1', '/data'), disk('disk2', '/data/inner')];
  await expect(ground.start('nested', sh('sleep 300'), { disks })).rejects.toMatchObject({ problem: { status: 409, code: 'disk_in_the_way' } });
  await ground.stop('nested');
});

test.each([
  [{ env: { 'A B': 'c' } }, 'bad_environment'], [{ env: { A: 'b\0c' } }, 'bad_environment'],
  [{ command: ['a\0b'] }, 'bad_command'], [{ command: [''] }, 'bad_command'],
  [{ id: '../escape' }, 'bad_machine_id'], [{ id: '.hidden' }, 'bad_machine_id'], [{ id: '' }, 'bad_machine_id'],
])('%j is refused as a Problem', async (more, code) => {
  await expect(ground.driver.start({ ...ground.spec('bad'), ...more }, new AbortController().signal)).rejects.toMatchObject({ problem: { status: 400, code } });
});

test('a machine of another owner under the same name is named and never touched', async () => {
  const mine = await ground.start('claimed');
  await expect(ground.start('claimed', undefined, { owner: 'cluster/other/reference/1.0.0/1' })).rejects.toMatchObject({ problem: { status: 409, code: 'foreign_machine' } });
  expect(await ground.find('claimed')).toEqual(mine);
  await ground.stop('claimed');
});

test('an id too long for a file name is a machine like any other', async () => {
  const id = `clusters--${'u'.repeat(60)}--${'p'.repeat(60)}--${'v'.repeat(60)}--1--${'n'.repeat(60)}-g1`;
  await ground.start(id);
  expect(await ground.find(id)).toMatchObject({ id, state: 'running' });
  expect((await ground.driver.list()).map((machine) => machine.id)).toEqual([id]);
  await ground.stop(id);
});

test('lists tell the machines of one owner, or all', async () => {
  await Promise.all([ground.start('b'), ground.start('a'), ground.start('c', undefined, { owner: 'cluster/other' })]);
  expect((await ground.driver.list()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect((await ground.driver.list('cluster/other')).map(({ id }) => id)).toEqual(['c']);
  await Promise.all(['a', 'b', 'c'].map((id) => ground.stop(id)));
});

test('a start whose caller gave up is either nothing or a machine that a stop removes', async () => {
  const controller = new AbortController();
  const started = ground.driver.start(ground.spec('abandoned', ['sleep', '300']), controller.signal);
  controller.abort(new Error('gave up'));
  await expect(started).rejects.toThrow('gave up');
  await ground.stop('abandoned');
  expect(await ground.pids('abandoned')).toEqual([]);
});

test('what is kept of a machine is for its user alone', async () => {
  await ground.start('private', undefined, { env: { PASSWORD: 'x' } });
  const path = join(ground.gridHome, 'machines', 'private');
  expect([path, join(path, 'spec.json'), join(path, 'init')].map((file) => statSync(file).mode & 0o077)).toEqual([0, 0, 0]);
  await ground.stop('private');
});

test('something in the way of a machine\'s directory is no machine', async () => {
  mkdirSync(join(ground.gridHome, 'machines', 'empty'));
  expect(await ground.find('empty')).toBeUndefined();
  expect(await ground.driver.list()).toEqual([]);
  await ground.stop('empty');
});
