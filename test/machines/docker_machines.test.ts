import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { opens } from '../../activities/opens';
import { findLocalEngine } from '../../activities/machines/docker/local_engine';
import { openDriver } from '../../activities/machines/open_driver';
import { BARE_IMAGE, BASE_IMAGE, removeByHand, startDockerEngine, TALKING_IMAGE, type DockerEngine } from '../support/docker_engine';
import { DOCKER, describeNeeding } from '../support/parts';
import { NOTHING, openDockerGround, type DockerGround } from './docker_ground';
import { never, openWatch, printed, sh } from './process_ground';

describeNeeding(DOCKER, 'machines as containers', () => {
  let engine: DockerEngine;
  let ground: DockerGround;
  beforeAll(async () => {
    engine = await startDockerEngine();
    ground = openDockerGround(engine);
  });
  afterEach(() => ground.audit());
  afterAll(() => engine.close());

  const admin = (last: number) => ({ device: 'eth0', network: 'admin', address: `${ground.net}.0.${last}` });
  const storage = (last: number) => ({ device: 'eth1', network: 'storage', address: `${ground.net}.128.${last}` });
  const sleeping = ['sleep', '300'];
  const container = async (id: string) => engine.docker.getContainer(String((await ground.find(id))!.ref['containerId'])).inspect();

  /** What is said there to who connects; one that only just starts may not listen yet. */
  const saidAt = async (port: number) => {
    for (let left = 100; ; left -= 1) {
      const said = await text(connect(port, '127.0.0.1')).catch(() => '');
      if (said || left === 0) return said;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  test('an engine says what it has, and gives what the connector says of it', async () => {
    const { NCPU, MemTotal } = (await engine.docker.info()) as { NCPU: number; MemTotal: number };
    expect(await ground.driver.capacity()).toEqual({
      hosts: [{ name: 'docker', cpu: NCPU, memMiB: Math.floor((MemTotal * 0.9) / 2 ** 20), disks: Array.from({ length: 12 }, (_, i) => `disk${i + 1}`) }],
      networks: [{ name: 'admin', first: '10.199.0.2', last: '10.199.127.254' }, { name: 'storage', first: '10.199.128.2', last: '10.199.255.254' }],
      cpuOvercommit: 8, diskRoot: '/data',
    });
    expect((await ground.open({ parameters: { cpu: '1.5', memMiB: '512' } }).capacity()).hosts).toMatchObject([{ cpu: 1.5, memMiB: 512 }]);
  });

  test('an engine tells its clock, and one of this host the room on its disk', async () => {
    const askedAt = Date.now();
    const { now, disk } = (await ground.driver.vitals!());
    expect([now! >= askedAt, now! <= Date.now(), disk!.freeMiB > 0, disk!.freeMiB <= disk!.totalMiB]).toEqual([true, true, true, true]);
  });

  test('a machine is started once, found, listed, adopted by another driver, and stopped with all of it', async () => {
    const started = await ground.start('web', sleeping, { networks: [admin(7)] });
    expect(started).toEqual({
      id: 'web', compute: 'docker', host: 'docker', owner: 'cluster/test/reference/1.0.0/1', node: 'web', generation: 1, state: 'running',
      address: '10.199.0.7', ref: { containerId: expect.stringMatching(/^[0-9a-f]{64}$/) }, startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      holds: { cpu: 0.1, memMiB: 64, disks: [], networks: [admin(7)] },
    });
    expect(await ground.start('web', sleeping)).toEqual(started);
    expect(await ground.open().start(ground.spec('web', sleeping), never)).toEqual(started);
    expect(await ground.find('web')).toEqual(started);
    expect(await ground.driver.list()).toEqual([started]);
    expect(await ground.driver.list(started.owner)).toEqual([started]);
    expect(await ground.driver.list('cluster/nobody/x/1/1')).toEqual([]);
    expect(await ground.find('nothing')).toBeUndefined();
    await ground.stop('web', 0);
    await ground.stop('web');
    await ground.stop('never-there');
    expect(await ground.find('web')).toBeUndefined();
  });

  test('starts at the same time, also of a machine that is dead, yield exactly one', async () => {
    for (let round = 1; round <= 2; round += 1) {
      const started = await Promise.all(Array.from({ length: 6 }, () => ground.start('rush', sleeping, { networks: [admin(2), storage(2)] })));
      expect(new Set(started.map(({ ref }) => ref['containerId'])).size).toBe(1);
      expect((await ground.left()).containers).toHaveLength(1);
      expect(Object.keys((await container('rush')).NetworkSettings.Networks)).toHaveLength(2);
      await engine.docker.getContainer(String(started[0]!.ref['containerId'])).kill();
      await engine.docker.getContainer(String(started[0]!.ref['containerId'])).wait();
    }
  });

  test('a container has the limits, name, labels and addresses of its node, and its output is bounded', async () => {
    await ground.start('limited', sleeping, { node: 'n0', cpu: 0.25, memMiB: 48, networks: [admin(9), storage(9)] });
    const { Name, Config, HostConfig, NetworkSettings } = await container('limited');
    expect(Name).toBe(`/grid-${ground.grid.slice(0, 8)}-limited`);
    expect(Config).toMatchObject({
      Hostname: 'n0',
      Labels: {
        'service-grid.grid': ground.grid, 'service-grid.compute': 'docker', 'service-grid.machine': 'limited', 'service-grid.node': 'n0',
        'service-grid.owner': 'cluster/test/reference/1.0.0/1', 'service-grid.generation': '1',
      },
    });
    expect(HostConfig).toMatchObject({
      NanoCpus: 250_000_000, Memory: 48 * 2 ** 20, Init: true, RestartPolicy: { Name: 'no' }, LogConfig: { Type: 'local', Config: { 'max-size': '8m', 'max-file': '2' } },
    });
    const { stdout } = await ground.driver.exec('limited', { argv: sh('hostname; ip -4 -o addr | grep -o "inet [^ ]*"'), timeoutMs: 20_000 }, never);
    expect(stdout.trim().split('\n').sort()).toEqual(['inet 10.199.0.9/17', 'inet 10.199.128.9/17', 'inet 127.0.0.1/8', 'n0']);
    expect(Object.keys(NetworkSettings.Networks).sort()).toEqual([`grid-${ground.grid.slice(0, 8)}-docker-admin`, `grid-${ground.grid.slice(0, 8)}-docker-storage`]);
  });

  test('the host of the engine reaches a machine by the address of the ledger', async () => {
    await ground.start('server', sh('echo hello >/tmp/index.html; exec httpd -f -p 8080 -h /tmp'), { networks: [admin(20)] });
    while (!(await opens('10.199.0.20', 8080, 1_000))) await new Promise(setImmediate);
    expect(await (await fetch('http://10.199.0.20:8080/')).text()).toBe('hello\n');
  });

  test('ports are published on the host, for several machines the same one, and the machine says where', async () => {
    const serving = ['sh', '-c', 'while true; do nc -l -p 7000 -e echo "$GRID_MACHINE"; done'];
    const ids = ['one', 'two'];
    const machines = await Promise.all(ids.map((id, i) => ground.start(id, serving, { networks: [admin(2 + i)], ports: [7000, 7001] })));
    expect(new Set(machines.flatMap(({ ref }) => [ref['port7000'], ref['port7001']])).size).toBe(4);
    for (const { id, ref } of machines) expect(await saidAt(Number(ref['port7000']))).toBe(`${id}\n`);
    expect((await ground.find('one'))!.ref).toEqual(machines[0]!.ref);
  });

  test('the command finds its labels, addresses and own variables, and nothing of the grid that started it', async () => {
    process.env['GRID_TEST_SECRET'] = 'x';
    await ground.start('environment', ['env'], { env: { COLOUR: 'blue; $(false) "', GRID_MACHINE: 'another' }, networks: [{ ...admin(3), device: 'eth-0' }] });
    const lines = (await printed(ground, 'environment', /GRID_MACHINE/)).trim().split('\n');
    expect(Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))).toEqual({
      COLOUR: 'blue; $(false) "', GRID_MACHINE: 'environment', GRID_ID: ground.grid, GRID_NODE: 'environment', GRID_OWNER: 'cluster/test/reference/1.0.0/1',
      GRID_ADDRESS: '10.199.0.3', GRID_ADDRESS_ETH_0: '10.199.0.3', PATH: expect.stringContaining('/bin'), HOSTNAME: 'environment', HOME: '/', IMAGE: 'base',
    });
  });

  test('a command is argv and never a shell line, whatever is in it', async () => {
    const hostile = ['$(touch x)', '; touch x', '"\'', '*', '-n', 'a\nb', 'A=B', ''];
    await ground.start('hostile', ['printf', '<%s>', ...hostile]);
    expect(await printed(ground, 'hostile', /<>$/)).toBe(hostile.map((part) => `<${part}>`).join(''));
  });

  test('without a command the image\'s own runs; one that has none idles; one with neither command nor shell says what to do', async () => {
    await ground.start('talks', undefined, { image: TALKING_IMAGE });
    expect(await printed(ground, 'talks', /\n/)).toBe('I am the image\n');
    await ground.start('idles');
    expect(await ground.find('idles')).toMatchObject({ state: 'running' });
    // So that it has come so far as to hear it.
    await ground.driver.exec('idles', { argv: ['true'], timeoutMs: 20_000 }, never);
    const begun = Date.now();
    await ground.stop('idles', 20_000);
    expect(Date.now() - begun).toBeLessThan(10_000);
    const watch = openWatch(ground);
    await ground.start('bare', undefined, { image: BARE_IMAGE });
    expect(await watch.deathOf('bare')).toMatchObject({ exit: { code: 127 }, lastOutput: expect.stringContaining('/bin/sh') });
    await watch.close();
  });

  test('a node\'s command is all that runs: the entry point of the image does not come before it', async () => {
    await ground.start('own', ['echo', 'mine'], { image: TALKING_IMAGE });
    expect(await printed(ground, 'own', /\n/)).toBe('mine\n');
  });

  test('without an image at node and compute the node is named and how to give it one', async () => {
    const bare = openDriver({ name: 'docker', connector: `docker://${engine.socket}?net=${ground.net}`, gridHome: engine.dir, grid: ground.grid });
    await expect(bare.start(ground.spec('n3', sleeping), never)).rejects.toMatchObject({ problem: { status: 422, code: 'no_image', message: expect.stringContaining('node n3'), fix: expect.stringContaining('image=') } });
    expect(await bare.start(ground.spec('n3', sleeping, { image: BASE_IMAGE }), never)).toMatchObject({ state: 'running' });
  });

  test('disks are volumes that a next machine finds again, read-only where asked for, and gone when nobody keeps them', async () => {
    const disks = [ground.disk('disk4', '/storage1'), ground.disk('disk7', 'deep/storage2')];
    await ground.start('first', sh('echo kept >/storage1/file; echo there >/deep/storage2/file; echo end; sleep 300'), { disks });
    await printed(ground, 'first', /end/);
    expect((await ground.left()).volumes).toHaveLength(2);
    await ground.driver.stop('first', { graceMs: 0, keepDisks: true }, never);
    await ground.start('second', sh('cat /storage1/file; touch /storage1/new || echo refused; echo end; sleep 300'), { disks: [ground.disk('disk4', '/storage1', 'ro')] });
    expect(await printed(ground, 'second', /end/)).toMatch(/kept\n(.*\n)?refused/);
    await ground.stop('second', 0);
    expect((await ground.left()).volumes).toHaveLength(1);
    await ground.driver.wipe(disks);
    await ground.driver.wipe(disks);
    expect(await ground.left()).toEqual(NOTHING);
  });

  test.each([
    ['bad_disk', { disks: [{ name: 'disk1', origin: '/etc', destination: '/a', mode: 'rw' as const }] }],
    ['bad_disk', { disks: [{ name: 'disk1', origin: '/data/../etc', destination: '/a', mode: 'rw' as const }] }],
    ['bad_disk', { disks: [{ name: 'disk1', origin: '/data/1/x', destination: '/', mode: 'rw' as const }] }],
    ['bad_disk', { disks: [{ name: 'disk1', origin: '/data/1/x', destination: '/../a', mode: 'rw' as const }] }],
    ['bad_environment', { env: { 'A B': 'c' } }], ['bad_environment', { env: { A: 'b\0c' } }],
    ['bad_command', { command: ['a\0b'] }], ['bad_command', { command: [''] }],
    ['bad_machine_id', { id: '../escape' }], ['bad_machine_id', { id: '' }],
    ['bad_network', { ports: [80] }],
    ['bad_network', { networks: [{ device: 'eth0', network: 'none', address: '10.199.0.2' }] }],
    ['bad_network', { networks: [{ device: 'eth0', network: 'admin', address: '10.77.0.2' }] }],
    ['bad_network', { networks: [{ device: 'eth0', network: 'admin', address: '10.199.0.2' }, { device: 'eth1', network: 'admin', address: '10.199.0.3' }] }],
  ])('%s: %j is refused before anything is made', async (code, more) => {
    await expect(ground.driver.start({ ...ground.spec('bad'), ...more }, never)).rejects.toMatchObject({ problem: { status: 400, code } });
    expect(await ground.left()).toEqual(NOTHING);
  });

  test('a dead machine is cleared away and started anew, with the output of its new life only', async () => {
    const watch = openWatch(ground);
    const first = await ground.start('again', ['echo', 'first']);
    expect(await watch.deathOf('again')).toMatchObject({ exit: { code: 0, signal: null }, lastOutput: 'first\n' });
    expect(await ground.find('again')).toMatchObject({ state: 'dead', exit: { code: 0 }, lastOutput: 'first\n', ref: first.ref });
    const second = await ground.start('again', sh('echo second; exec sleep 300'));
    expect(second.ref).not.toEqual(first.ref);
    expect(await printed(ground, 'again', /\n/)).toBe('second\n');
    expect((await ground.left()).containers).toHaveLength(1);
    await watch.close();
  });

  test('a command may take its time to end, and one that will not is killed when its time is over', async () => {
    const disks = [ground.disk('disk1', '/witness')];
    await ground.start('gentle', sh('trap "echo asked >>/witness/file; sleep 0.3; echo ended >>/witness/file; exit 0" TERM; echo ready; while :; do sleep 0.05; done'), { disks });
    await printed(ground, 'gentle', /ready/);
    await ground.driver.stop('gentle', { graceMs: 20_000, keepDisks: true }, never);
    await ground.start('reader', ['cat', '/witness/file'], { disks });
    expect(await printed(ground, 'reader', /ended/)).toBe('asked\nended\n');
    await ground.start('stubborn', sh('trap "" TERM; echo ready; while :; do sleep 300; done'));
    await printed(ground, 'stubborn', /ready/);
    const begun = Date.now();
    await ground.stop('stubborn', 300);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(295);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('a stop that is cancelled ends at once, and a start after it ends that stop first', async () => {
    const before = await ground.start('half', sh('trap "" TERM; echo ready; sleep 300'));
    await printed(ground, 'half', /ready/);
    const controller = new AbortController();
    const stopped = ground.driver.stop('half', { graceMs: 60_000 }, controller.signal);
    while (!(await container('half')).Name.includes('.stopping-')) await new Promise(setImmediate);
    controller.abort(new Error('cancelled'));
    await expect(stopped).rejects.toThrow('cancelled');
    expect(await ground.find('half')).toMatchObject({ state: 'running', ref: before.ref });
    const after = await ground.start('half', sleeping);
    expect(after.ref).not.toEqual(before.ref);
    expect((await ground.left()).containers).toHaveLength(1);
  });

  test('stops at the same time are fine, and remove the machine they were asked for and no other', async () => {
    await Promise.all([ground.start('one', sleeping), ground.start('one-more', sleeping)]);
    await Promise.all([ground.stop('one', 100), ground.stop('one', 100), ground.stop('one', 0)]);
    expect(await ground.find('one')).toBeUndefined();
    expect(await ground.find('one-more')).toMatchObject({ state: 'running' });
  });

  test('networks go with the last machine that the compute has, and come back with the next', async () => {
    await Promise.all([ground.start('a', sleeping, { networks: [admin(2)] }), ground.start('b', sleeping, { networks: [storage(3)] })]);
    expect((await ground.left()).networks).toHaveLength(2);
    await ground.stop('a', 0);
    expect((await ground.left()).networks).toHaveLength(2);
    await Promise.all([ground.stop('b', 0), ...Array.from({ length: 4 }, (_, i) => ground.start(`c${i}`, sleeping, { networks: [admin(10 + i)] }))]);
    for (let i = 0; i < 4; i += 1) expect(await ground.find(`c${i}`)).toMatchObject({ state: 'running', address: `10.199.0.${10 + i}` });
  });

  test('an id too long for a name is a machine like any other', async () => {
    const id = `clusters--${'u'.repeat(60)}--${'p'.repeat(60)}--${'v'.repeat(60)}--1--${'n'.repeat(60)}-g1`;
    await ground.start(id, sleeping, { node: 'n' });
    expect(await ground.find(id)).toMatchObject({ id, state: 'running' });
    expect((await ground.driver.list()).map((machine) => machine.id)).toEqual([id]);
    await ground.stop(id, 0);
  });

  test('of twenty machines that start together each comes up', async () => {
    const begun = performance.now();
    const ids = Array.from({ length: 20 }, (_, i) => `many-${i}`);
    await Promise.all(ids.map((id, i) => ground.start(id, sleeping, { networks: [admin(30 + i)], cpu: 0.05, memMiB: 16 })));
    const startedMs = performance.now() - begun;
    expect((await ground.driver.list()).map(({ id }) => id)).toEqual([...ids].sort());
    await Promise.all(ids.map((id) => ground.stop(id, 0)));
    console.log(`20 containers: started in ${Math.round(startedMs)} ms, stopped in ${Math.round(performance.now() - begun - startedMs)} ms`);
  });

  test('what nobody of this grid made is seen and touched by nobody: containers, networks, volumes, of another grid, another compute, or nobody', async () => {
    const short = ground.grid.slice(0, 8);
    const theirs = ground.open({ grid: `${short}-another-grid`, parameters: { net: '10.194' } });
    const disks = [ground.disk('disk1', '/x')];
    await theirs.start(ground.spec('theirs', sleeping, { networks: [{ device: 'eth0', network: 'admin', address: '10.194.0.2' }], disks }), never);
    const nobodys = await engine.docker.createContainer({ Image: BASE_IMAGE, Cmd: sleeping, name: `grid-${short}-lookalike` });
    await nobodys.start();
    const volume = `grid-${short}-docker-data-2-clusters--test--reference--1__0__0--1--nodes--n0`;
    await engine.docker.createVolume({ Name: volume });
    const network = await engine.docker.createNetwork({ Name: `grid-${short}-docker-storage`, IPAM: { Driver: 'default', Config: [{ Subnet: '10.50.0.0/24' }] } });

    expect(await ground.driver.list()).toEqual([]);
    expect(await ground.find('lookalike')).toBeUndefined();
    expect(await ground.find('theirs')).toBeUndefined();
    const refused = (code: string) => ({ problem: { status: 409, code, message: expect.stringContaining(`grid-${short}-`), fix: expect.any(String) } });
    await expect(ground.start('lookalike', sleeping)).rejects.toMatchObject(refused('foreign_machine'));
    await expect(ground.start('theirs', sleeping)).rejects.toMatchObject(refused('foreign_machine'));
    await expect(ground.start('mine', sleeping, { disks: [ground.disk('disk1', '/x')] })).rejects.toMatchObject(refused('foreign_volume'));
    await expect(ground.start('mine', sleeping, { disks: [ground.disk('disk3', '/y'), ground.disk('disk2', '/x')] })).rejects.toMatchObject(refused('foreign_volume'));
    await expect(ground.start('mine', sleeping, { networks: [storage(2)] })).rejects.toMatchObject(refused('foreign_network'));
    for (const id of ['lookalike', 'theirs', 'mine']) await ground.stop(id, 0);
    await ground.driver.wipe([ground.disk('disk1', '/x'), ground.disk('disk2', '/x')]);

    expect((await nobodys.inspect()).State.Running).toBe(true);
    expect(await theirs.find('theirs')).toMatchObject({ state: 'running' });
    await engine.docker.getVolume(volume).inspect();
    await network.inspect();
    await removeByHand(engine.docker, nobodys.id);
    await theirs.stop('theirs', { graceMs: 0 }, never);
    await engine.docker.getVolume(volume).remove();
    await network.remove();
  });

  test('a machine of another owner, or of another compute, is named and never touched', async () => {
    const mine = await ground.start('claimed', sleeping);
    const other = ground.open({ name: 'other', parameters: { net: '10.197' } });
    await expect(ground.start('claimed', sleeping, { owner: 'cluster/other' })).rejects.toMatchObject({ problem: { status: 409, code: 'foreign_machine', evidence: expect.stringContaining('cluster/test') } });
    await expect(other.start(ground.spec('claimed', sleeping), never)).rejects.toMatchObject({ problem: { status: 409, code: 'foreign_machine' } });
    expect(await other.list()).toEqual([]);
    await other.stop('claimed', { graceMs: 0 }, never);
    expect(await ground.find('claimed')).toEqual(mine);
  });

  test('addresses that another network of the engine has are refused by the name of that network', async () => {
    const other = await engine.docker.createNetwork({ Name: 'somebodys', IPAM: { Driver: 'default', Config: [{ Subnet: '10.199.4.0/24' }] } });
    const taken = { problem: { status: 409, code: 'net_taken', message: expect.stringContaining('somebodys'), fix: expect.stringContaining('net=') } };
    await expect(ground.driver.capacity()).rejects.toMatchObject(taken);
    await expect(ground.start('late', sleeping, { networks: [admin(2)] })).rejects.toMatchObject(taken);
    await other.remove();
  });

  test('a grid that finds this engine by itself takes addresses that nobody there has', async () => {
    const found = (octet: number, taken: { first: string; last: string }[] = []) => findLocalEngine({ name: 'docker', grid: 'another' }, engine.socket, octet, taken);
    await ground.start('first', sleeping, { networks: [admin(2)] });
    const nets = (await Promise.all([found(198), found(199), found(198, [{ first: '10.198.128.2', last: '10.198.255.254' }])])).map((one) => one!.connector);
    expect(nets[0]).toBe(`docker://${engine.socket}?net=10.198`);
    for (const other of nets.slice(1)) expect(other).toMatch(/\?net=10\.([1-9]|[1-6]\d|7[0-6])$/);
    await engine.docker.createNetwork({ Name: 'wide', IPAM: { Driver: 'default', Config: [{ Subnet: '10.0.0.0/9' }] } });
    expect((await found(70))!.connector).toMatch(/\?net=172\.\d\d$/);
    await engine.docker.getNetwork('wide').remove();
    expect(await findLocalEngine({ name: 'docker', grid: 'another' }, join(engine.dir, 'nobody.sock'), 198, [])).toBeUndefined();
  });

  test('an address that something else has is said, and nothing half-made stays', async () => {
    await ground.start('first', sleeping, { networks: [admin(2)] });
    await expect(ground.start('second', sleeping, { networks: [admin(2)], disks: [ground.disk('disk1', '/x')] })).rejects.toMatchObject({ problem: { status: 409, code: 'address_taken', message: expect.stringContaining('10.199.0.2') } });
    expect(await ground.left()).toMatchObject({ containers: [expect.stringContaining('first')], volumes: [] });
  });

  test('a program that is missing is a machine that died and says why', async () => {
    const watch = openWatch(ground);
    await ground.start('missing', ['no-such-program']);
    expect(await watch.deathOf('missing')).toMatchObject({ exit: { code: 127 }, lastOutput: expect.stringContaining('no-such-program') });
    await watch.close();
  });

  test('a start whose caller gave up is either nothing or a machine that a stop removes', async () => {
    const controller = new AbortController();
    const started = ground.driver.start(ground.spec('abandoned', sleeping, { networks: [admin(2)] }), controller.signal);
    setTimeout(() => controller.abort(new Error('gave up')), 30);
    await expect(started).rejects.toThrow('gave up');
    await ground.stop('abandoned', 0);
  });

  test('a socket that nobody listens on is an engine that cannot be reached, which may pass', async () => {
    const nowhere = ground.open({ socket: join(engine.dir, 'nobody.sock') });
    const calls = [nowhere.capacity(), nowhere.find('x'), nowhere.list(), nowhere.start(ground.spec('x'), never), nowhere.stop('x', { graceMs: 0 }, never)];
    for (const { reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ passing: true, problem: { status: 503, code: 'engine_unreachable', message: expect.stringContaining('compute docker') } });
    }
  });
});
