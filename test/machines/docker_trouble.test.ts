import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine } from '../../activities/machines/docker/engine';
import { pullImage } from '../../activities/machines/docker/pull_image';
import { readDockerConnector } from '../../activities/machines/docker/connector';
import { BASE_IMAGE, removeByHand, startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { DOCKER, describeNeeding } from '../support/parts';
import { NOTHING, openDockerGround, type DockerGround } from './docker_ground';
import { openProxy, type Fault, type Proxy } from './docker_proxy';
import { openRegistry, type Registry } from './docker_registry';
import { never, openWatch, printed, sh } from './process_ground';

describeNeeding(DOCKER, 'trouble with an engine', () => {
  let engine: DockerEngine;
  let ground: DockerGround;
  beforeAll(async () => {
    engine = await startDockerEngine();
    ground = openDockerGround(engine, '10.195');
  });
  afterEach(() => ground.audit());
  afterAll(() => engine.close());

  const sleeping = ['sleep', '300'];
  const networks = (last: number) => [{ device: 'eth0', network: 'admin', address: `10.195.0.${last}` }, { device: 'eth1', network: 'storage', address: `10.195.128.${last}` }];
  const container = (machine: { ref: Record<string, unknown> }) => engine.docker.getContainer(String(machine.ref['containerId']));

  describe('answers that are lost', () => {
    let proxy: Proxy;
    beforeAll(async () => { proxy = await openProxy(engine.socket); });
    afterAll(() => proxy.close());
    afterEach(() => { proxy.fault(() => 'none'); });

    /** Does it to the first so many requests that match. */
    const first = (pattern: RegExp, fault: Fault, times = 1) => {
      let left = times;
      proxy.fault((what) => (pattern.test(what) && left-- > 0 ? fault : 'none'));
      return () => left <= 0;
    };

    const EFFECTS = [/POST \/containers\/create/, /POST \/containers\/.*\/start/, /POST \/networks\/create/];
    const OTHERS = [/POST \/networks\/.*\/connect/, /POST \/volumes\/create/, /GET \/containers\/.*\/json/];
    const CASES: [RegExp, Fault][] = [...EFFECTS.flatMap((one): [RegExp, Fault][] => [[one, 'drop'], [one, 'fail'], [one, 'refuse']]), ...OTHERS.map((one): [RegExp, Fault] => [one, 'fail'])];
    test.each(CASES)('%s: %s yields exactly one container in the end', async (pattern, fault) => {
      const done = first(pattern, fault);
      const spec = ground.spec('lost', sleeping, { networks: networks(2), disks: [ground.disk('disk1', '/data')] });
      const machine = await ground.open({ socket: proxy.socket }).start(spec, never);
      expect(done()).toBe(true);
      expect(machine).toMatchObject({ state: 'running' });
      const left = await ground.left();
      expect([left.containers.length, left.networks.length, left.volumes.length]).toEqual([1, 2, 1]);
      expect(Object.keys((await container(machine).inspect()).NetworkSettings.Networks)).toHaveLength(2);
    });

    test.each([[/POST \/containers\/.*\/rename/], [/POST \/containers\/.*\/kill/], [/DELETE \/containers\//], [/DELETE \/volumes\//], [/DELETE \/networks\//]])('a stop whose %s gets no answer is told as unknown or done, and the next one leaves nothing', async (pattern) => {
      for (const fault of ['drop', 'refuse'] as const) {
        await ground.start('lost', sleeping, { networks: networks(2), disks: [ground.disk('disk1', '/data')] });
        const struck = first(pattern, fault);
        const stop = () => ground.open({ socket: proxy.socket }).stop('lost', { graceMs: 1_000 }, never);
        // A busy engine may let one wait too long before it comes so far.
        while (!struck()) await stop().catch((error) => expect(error).toMatchObject({ passing: true, problem: { status: 503 } }));
        await stop();
        const left = await ground.left();
        // What a lost removal of a container left behind is its caller's to wipe.
        await ground.driver.wipe([ground.disk('disk1', '/data')]);
        expect({ ...left, volumes: [] }).toEqual(NOTHING);
      }
    });

    test('a create that the engine does later than its caller waits for makes no second container', async () => {
      first(/POST \/containers\/create/, { delayMs: 700 });
      const controller = new AbortController();
      const slow = ground.open({ socket: proxy.socket }).start(ground.spec('late', sleeping), controller.signal);
      while (!proxy.seen.includes('POST /containers/create')) await new Promise(setImmediate);
      controller.abort(new Error('gave up'));
      await expect(slow).rejects.toThrow('gave up');
      const machine = await ground.start('late', sleeping);
      await new Promise((elapsed) => setTimeout(elapsed, 1_000));
      expect(await ground.find('late')).toEqual(machine);
      expect((await ground.left()).containers).toHaveLength(1);
    });

    test('a watch whose connection is cut again and again tells each death once', async () => {
      const watched = { driver: ground.open({ socket: proxy.socket }), watches: ground.watches };
      const watch = openWatch(watched);
      for (const id of ['one', 'two', 'three']) {
        const machine = await ground.start(id, sleeping);
        await proxy.close();
        await container(machine).kill();
        proxy = await openProxy(engine.socket);
        expect(await watch.deathOf(id)).toMatchObject({ exit: { signal: 'SIGKILL' } });
      }
      await watch.close();
      expect(watch.deaths.map(({ machine }) => machine)).toEqual(['one', 'two', 'three']);
    });
  });

  describe('deaths', () => {
    test('each is told within a moment, with how it ended and what it printed last', async () => {
      const watch = openWatch(ground);
      await ground.start('ends', sh('yes long | head -c 10000; echo last words; exit 7'));
      const death = await watch.deathOf('ends');
      expect(death).toMatchObject({ machine: 'ends', owner: 'cluster/test/reference/1.0.0/1', node: 'ends', generation: 1, exit: { code: 7, signal: null, at: expect.stringMatching(/^\d{4}-.*Z$/) } });
      expect(death.lastOutput).toContain('last words\n');
      expect(Buffer.byteLength(death.lastOutput)).toBeLessThanOrEqual(4096);
      expect(await ground.find('ends')).toMatchObject({ state: 'dead', exit: death.exit });
      const took: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const machine = await ground.start('killed', sleeping);
        const killedAt = performance.now();
        await container(machine).kill();
        const { exit, seenAt } = await watch.deathOf('killed', round + 1);
        expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' });
        took.push(seenAt - killedAt);
      }
      console.log(`kill to onDeath: median ${took.sort((a, b) => a - b)[1]!.toFixed(0)} ms`);
      expect(took[1]).toBeLessThan(1_000);
      await watch.close();
    });

    test('one that is removed by hand is told; one that is stopped is not', async () => {
      const watch = openWatch(ground);
      await ground.start('on-purpose', sleeping);
      const removed = await ground.start('removed', sleeping);
      await ground.start('by-itself', sh('sleep 1'));
      await ground.stop('on-purpose');
      await removeByHand(engine.docker, container(removed).id);
      expect(await watch.deathOf('removed')).toMatchObject({ owner: 'cluster/test/reference/1.0.0/1', generation: 1, exit: { code: null, signal: 'SIGKILL' }, lastOutput: '' });
      await watch.deathOf('by-itself');
      await watch.close();
      expect(watch.deaths.map(({ machine }) => machine).sort()).toEqual(['by-itself', 'removed']);
    });

    test('one from before the watch is told when it begins, and then never again', async () => {
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

    test('one that could not be told is told again, and each life of a machine is watched', async () => {
      let refusals = 0;
      const watch = openWatch(ground, async () => { if (refusals++ === 0) throw new Error('nobody there'); });
      for (let life = 1; life <= 3; life += 1) {
        await ground.start('lives', sh('exit "$1"', String(life)));
        expect((await watch.deathOf('lives', life)).exit.code).toBe(life);
      }
      expect(refusals).toBe(4);
      await watch.close();
    });
  });

  test('an engine that is killed is unreachable and none of its machines dead; once it is back they are, each told once, and none is doubled', async () => {
    const reached: (string | null)[] = [];
    const controller = new AbortController();
    const deaths: string[] = [];
    const watching = ground.driver.watch(async ({ machine }) => { deaths.push(machine); }, controller.signal, async (why) => { if (reached.at(-1) !== (why?.code ?? null)) reached.push(why?.code ?? null); });
    const specs = ['a', 'b', 'c'].map((id, i) => ground.spec(id, sh('echo words; exec sleep 300'), { networks: networks(i + 2) }));
    await Promise.all(specs.map((spec) => ground.driver.start(spec, never)));
    for (const { id } of specs) await printed(ground, id, /words/);
    await engine.kill();
    await expect(ground.find('a')).rejects.toMatchObject({ passing: true, problem: { status: 503, code: 'engine_unreachable' } });
    await expect(ground.driver.list()).rejects.toMatchObject({ problem: { code: 'engine_unreachable' } });
    await expect(ground.stop('a')).rejects.toMatchObject({ problem: { code: 'engine_unreachable' } });
    while (!reached.includes('engine_unreachable')) await new Promise((elapsed) => setTimeout(elapsed, 20));
    expect(deaths).toEqual([]);
    await engine.start();
    while (deaths.length < 3) await new Promise((elapsed) => setTimeout(elapsed, 20));
    expect(await ground.find('a')).toMatchObject({ state: 'dead', lastOutput: 'words\n' });
    const again = await Promise.all(specs.map((spec) => ground.driver.start(spec, never)));
    expect(again.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
    expect((await ground.left()).containers).toHaveLength(3);
    controller.abort();
    await watching;
    expect([...deaths].sort()).toEqual(['a', 'b', 'c']);
    expect(reached).toEqual([null, 'engine_unreachable', null]);
  });

  test('a watch of an engine that is gone can be called off', async () => {
    const controller = new AbortController();
    const watching = ground.open({ socket: join(engine.dir, 'nobody.sock') }).watch(async () => {}, controller.signal);
    setTimeout(() => controller.abort(), 100);
    await watching;
  });

  test('a socket that may not be used is said so, and not tried again', async () => {
    await ground.driver.list();
    chmodSync(engine.dir, 0o711);
    process.seteuid!('nobody');
    const refused = await ground.open().list().catch((error: unknown) => error);
    process.seteuid!(0);
    expect(refused).toMatchObject({ passing: false, problem: { status: 403, code: 'engine_denied', message: expect.stringContaining('compute docker'), fix: expect.stringContaining('group docker') } });
  });

  describe('images', () => {
    let registry: Registry;
    beforeEach(async () => { registry = await openRegistry(); });
    afterEach(async () => {
      await ground.audit();
      await registry.close();
      for (const { Id, RepoTags } of await engine.docker.listImages()) if (RepoTags?.[0]?.startsWith('127.0.0.1')) await engine.docker.getImage(Id).remove({ force: true });
    });

    test('one that is not there is pulled, once for all who want it, and its own command runs', async () => {
      const image = `${registry.host}/app:1`;
      const ids = ['a', 'b', 'c', 'd'];
      const machines = await Promise.all(ids.map((id) => ground.start(id, undefined, { image })));
      expect(machines.map(({ state }) => state)).toEqual(ids.map(() => 'running'));
      expect(registry.seen.filter((what) => /GET .*manifests/.test(what)).length).toBeLessThanOrEqual(1);
      expect((await container(machines[0]!).inspect()).Config).toMatchObject({ Image: image, Cmd: ['/busybox', 'sleep', '300'] });
    });

    test.each([
      ['nothing:1', 422, /image_not_found|image_denied/], ['app:none', 422, /image_not_found/], ['app:other', 422, /wrong_architecture/], ['app:foreign', 422, /wrong_architecture/],
    ])('%s is refused by name, and nothing half-made stays', async (name, status, code) => {
      const image = `${registry.host}/${name}`;
      const started = ground.start('poor', undefined, { image, networks: networks(2), disks: [ground.disk('disk1', '/data')] });
      await expect(started).rejects.toMatchObject({ passing: false, problem: { status, code: expect.stringMatching(code), message: expect.stringContaining(image), fix: expect.any(String) } });
      expect(await ground.left()).toMatchObject({ containers: [], volumes: [] });
    });

    test('one behind a login is pulled with the credentials of its registry, which nobody else is shown', async () => {
      registry.login = `Basic ${Buffer.from('grid:geheim').toString('base64')}`;
      const image = `${registry.host}/app:1`;
      await expect(ground.start('locked', undefined, { image })).rejects.toMatchObject({ problem: { status: 422, code: 'image_denied', fix: expect.stringContaining('auth=') } });
      const file = join(engine.dir, 'credentials.json');
      const put = (text: string) => writeFileSync(file, text);
      const withAuth = (auth = `file:${file}`) => ground.open({ parameters: { auth } });
      put('{"username": "grid", "password": "geheim"');
      const refused = withAuth().start(ground.spec('locked', undefined, { image }), never);
      await expect(refused).rejects.toMatchObject({ problem: { status: 422, code: 'bad_credentials' } });
      expect(JSON.stringify(await refused.catch(({ problem }) => problem))).not.toContain('geheim');
      put(JSON.stringify({ username: 'grid', password: 'geheim', serveraddress: 'https://other.example/v1/' }));
      await expect(withAuth().start(ground.spec('locked', undefined, { image }), never)).rejects.toMatchObject({ problem: { code: 'image_denied' } });
      put(JSON.stringify({ username: 'grid', password: 'geheim', serveraddress: registry.host }));
      expect(await withAuth().start(ground.spec('locked', undefined, { image }), never)).toMatchObject({ state: 'running' });
      await expect(withAuth('env:GRID_TEST_NONE').start(ground.spec('locked2', undefined, { image: `${registry.host}/app:2` }), never)).rejects.toMatchObject({ problem: { code: 'bad_credentials' } });
    });

    test('a registry that is not there is said, and may pass', async () => {
      const { host } = registry;
      await registry.close();
      await expect(ground.start('alone', undefined, { image: `${host}/app:1` })).rejects.toMatchObject({ passing: true, problem: { status: 503, code: 'registry_unreachable' } });
      registry = await openRegistry();
    });

    test('a pull that falls silent, and one that takes too long, end by their deadlines', async () => {
      registry.layer = 'half';
      const asked = openEngine(readDockerConnector({ name: 'docker', grid: ground.grid }, new URL(`docker://${engine.socket}`)));
      for (const limits of [{ inAllMs: 60_000, silentMs: 400 }, { inAllMs: 400, silentMs: 60_000 }]) {
        await expect(pullImage(asked, `${registry.host}/app:1`, undefined, limits)).rejects.toMatchObject({ passing: true, problem: { status: 503, code: 'pull_failed' } });
      }
    });

    test('who no longer waits for a pull does not end it for the others', async () => {
      registry.layer = 'half';
      const image = `${registry.host}/app:1`;
      const controller = new AbortController();
      const given = ground.driver.start(ground.spec('given-up', undefined, { image }), controller.signal);
      while (!registry.seen.some((what) => what.includes('/blobs/'))) await new Promise(setImmediate);
      const other = ground.open().start(ground.spec('waits', undefined, { image }), never);
      controller.abort(new Error('gave up'));
      await expect(given).rejects.toThrow('gave up');
      registry.release();
      expect(await other).toMatchObject({ state: 'running' });
    });

    test.each(['drop', 'fail', 'refuse'] as const)('a pull whose end gets lost (%s) is looked at, and the machine starts', async (fault) => {
      const proxy = await openProxy(engine.socket);
      let left = 1;
      proxy.fault((what) => (what === 'POST /images/create' && left-- > 0 ? fault : 'none'));
      const started = ground.open({ socket: proxy.socket }).start(ground.spec('pulled', undefined, { image: `${registry.host}/app:1` }), never);
      if (fault === 'drop') expect(await started).toMatchObject({ state: 'running' });
      else await expect(started).rejects.toMatchObject({ passing: true, problem: { status: 503 } });
      expect(await ground.open({ socket: proxy.socket }).start(ground.spec('pulled', undefined, { image: `${registry.host}/app:1` }), never)).toMatchObject({ state: 'running' });
      await proxy.close();
    });

    test('the image of a compute is for nodes that name none', async () => {
      const named = ground.open({ parameters: { image: `${registry.host}/app:1` } });
      const machine = await named.start(ground.spec('default'), never);
      expect((await container(machine).inspect()).Config.Image).toBe(`${registry.host}/app:1`);
      expect((await container(await ground.start('own', sleeping, { image: BASE_IMAGE })).inspect()).Config.Image).toBe(BASE_IMAGE);
    });
  });
});
