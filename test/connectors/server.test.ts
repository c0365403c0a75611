import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { openConnector } from '../../activities/connectors/open';
import type { Machine } from '../../model/machine';
import { freePort } from '../support/grid';
import { never, openGround, openWatch, printed, type Ground } from '../machines/process_ground';
import { grid, ourConnector, type OurConnector } from './support/our_connector';

const CONNECTOR = 'process:?net=127.199';
const WORDS = [`--connector=${CONNECTOR}`, '--name=host'];
const SLEEPER = { name: 'web', image: 'web:1', command: 'sleep 1000' };

let ground: Ground;
let connector: OurConnector;

beforeAll(async () => {
  ground = openGround(CONNECTOR);
  writeFileSync(join(ground.gridHome, 'grid-id'), ground.grid);
  connector = await start();
});
afterEach(async () => {
  for (const name of Object.keys((await connector.ask('GET', '/service')).json)) await connector.ask('POST', `/service/${name}/scale`, { number: 0 });
});
afterAll(async () => {
  await connector.end();
  await ground.stopAll();
  await ground.audit();
});

const start = (...more: string[]) => ourConnector(ground.gridHome, [...WORDS, ...more]);
const machinesOf = (service: string): Promise<Machine[]> => ground.driver.list(`connector/${service}`);
const idsOf = async (service: string) => (await machinesOf(service)).map(({ id }) => id).sort();
const define = (more: object = {}) => connector.ask('POST', '/service', { ...SLEEPER, ...more });
const scale = (service: string, number: unknown) => connector.ask('POST', `/service/${service}/scale`, { number });

describe('definitions (C-1 … C-3)', () => {
  test('a definition is taken with 200 and no body, and answered as it was given, null where nothing was', async () => {
    expect(await define({ environment: { A: 'b', N: 1 }, ports: ['8080', 8081] })).toMatchObject({ status: 200, text: '' });
    const web = { ...SLEEPER, environment: { A: 'b', N: 1 }, ports: ['8080', 8081] };
    expect((await connector.ask('GET', '/service/web')).json).toEqual(web);
    expect((await connector.ask('GET', '/service')).json).toEqual({ web });
    await connector.ask('POST', '/service', { name: 'hello', image: 'tutum/hello-world:latest' });
    expect((await connector.ask('GET', '/service/hello')).json).toEqual({ name: 'hello', image: 'tutum/hello-world:latest', command: null, environment: null, ports: null });
  });

  test('PUT replaces the whole of it, and defines what is not there', async () => {
    await define({ environment: { A: 'b' }, cpu: 0.5, mem_mib: 32 });
    expect(await connector.ask('PUT', '/service/web', { image: 'web:2' })).toMatchObject({ status: 200, text: '' });
    expect((await connector.ask('GET', '/service/web')).json).toEqual({ name: 'web', image: 'web:2', command: null, environment: null, ports: null });
    expect((await connector.ask('PUT', '/service/other', { image: 'o:1', name: 'web' })).status).toBe(200);
    expect((await connector.ask('GET', '/service/other')).json).toMatchObject({ name: 'other', image: 'o:1' });
  });

  test('the whole of them is in one file, for later', async () => {
    await define();
    const kept = JSON.parse(readFileSync(join(ground.gridHome, 'connectors/host.json'), 'utf8'));
    expect(kept.services).toEqual(Object.values((await connector.ask('GET', '/service')).json));
  });

  test.each<[string, string, unknown, string, string]>([
    ['POST', '/service', undefined, 'no_data', 'No data received'],
    ['POST', '/service', {}, 'no_data', 'No data received'],
    ['POST', '/service', [], 'no_data', 'No data received'],
    ['POST', '/service', 'null', 'no_data', 'No data received'],
    ['POST', '/service', '{"name":', 'invalid_json', 'the body is not JSON'],
    ['POST', '/service', { name: 'x' }, 'missing_parameters', 'Missing parameters.'],
    ['POST', '/service', { image: 'x:1' }, 'missing_parameters', 'Missing parameters.'],
    ['PUT', '/service/x', {}, 'no_data', 'No data received'],
    ['PUT', '/service/x', { command: 'y' }, 'missing_parameters', 'Missing parameter.'],
    ['POST', '/service', { name: '../x', image: 'x:1' }, 'invalid_parameter', 'Invalid value for name parameter.'],
    ['PUT', '/service/..%2Fx', { image: 'x:1' }, 'invalid_parameter', 'Invalid value for name parameter.'],
    ['POST', '/service', { name: 'x', image: '' }, 'invalid_parameter', 'Invalid value for image parameter.'],
    ['POST', '/service', { name: 'x', image: 7 }, 'invalid_parameter', 'Invalid value for image parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', command: 'echo $HOME; rm' }, 'invalid_parameter', 'Invalid value for command parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', command: '' }, 'invalid_parameter', 'Invalid value for command parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', command: [] }, 'invalid_parameter', 'Invalid value for command parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', environment: { 'A=B': 'c' } }, 'invalid_parameter', 'Invalid value for environment parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', environment: { A: true } }, 'invalid_parameter', 'Invalid value for environment parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', ports: ['99999'] }, 'invalid_parameter', 'Invalid value for ports parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', cpu: 0 }, 'invalid_parameter', 'Invalid value for cpu parameter.'],
    ['POST', '/service', { name: 'x', image: 'x:1', mem_mib: 1.5 }, 'invalid_parameter', 'Invalid value for mem_mib parameter.'],
  ])('%s %s %j is refused with 400 and nothing of it is kept', async (method, path, body, code, message) => {
    const answer = await connector.ask(method, path, body);
    expect(answer).toMatchObject({ status: 400, json: { status: 400, code, error: 'bad request', message: expect.stringContaining(message), fix: expect.any(String) } });
    expect(Object.keys((await connector.ask('GET', '/service')).json)).not.toContain('x');
  });

  test('a body that does not say that it is JSON counts as none', async () => {
    expect(await connector.ask('POST', '/service', JSON.stringify(SLEEPER), { 'content-type': 'text/plain' })).toMatchObject({ status: 400, json: { code: 'no_data' } });
  });

  test('a body beyond all measure: 413', async () => {
    expect((await define({ name: 'x', more: 'y'.repeat(300_000) })).status).toBe(413);
  });
});

describe('what runs (C-4 … C-7)', () => {
  test('start adds one and kill ends one', async () => {
    await define();
    for (const expected of [1, 2, 3]) {
      expect(await connector.ask('GET', '/service/web/start')).toMatchObject({ status: 200, text: '' });
      expect(await connector.running('web')).toBe(expected);
    }
    expect(await connector.ask('GET', '/service/web/kill')).toMatchObject({ status: 200, text: '' });
    expect(await idsOf('web')).toEqual(['connector--host--web--0', 'connector--host--web--1']);
  });

  test('kill where nothing runs is fine', async () => {
    await define();
    expect((await connector.ask('GET', '/service/web/kill')).status).toBe(200);
    expect(await connector.running('web')).toBe(0);
  });

  test('scale brings the number up and down, keeps those that stay, and leaves no process behind', async () => {
    await define();
    expect(await scale('web', 3)).toMatchObject({ status: 200, text: '' });
    const before = await machinesOf('web');
    expect(await scale('web', '1')).toMatchObject({ status: 200, text: '' });
    expect(await machinesOf('web')).toEqual([before.find(({ id }) => id === 'connector--host--web--0')]);
    expect((await scale('web', 0)).status).toBe(200);
    expect(await ground.pids()).toEqual([]);
  });

  test('a resource is what its definition says: command without a shell, environment, an address of its own', async () => {
    const argv = [process.execPath, '-e', 'console.log(JSON.stringify([process.argv.slice(1), process.env.A, process.env.N, process.env.GRID_ADDRESS])); setInterval(() => {}, 1e6)', 'two words', '$HOME'];
    await define({ command: argv, environment: { A: 'b $x', N: 1 } });
    await scale('web', 2);
    const machines = await machinesOf('web');
    for (const { id, address } of machines) expect(JSON.parse(await printed(ground, id, /\n/))).toEqual([['two words', '$HOME'], 'b $x', '1', address]);
    expect(machines.map(({ address }) => address).sort()).toEqual(['127.199.127.253', '127.199.127.254']);
  });

  test('two services of one image are not confused', async () => {
    await define();
    await define({ name: 'api' });
    await Promise.all([scale('web', 2), scale('api', 3)]);
    expect([await connector.running('web'), await connector.running('api')]).toEqual([2, 3]);
    const addresses = (await ground.driver.list()).map(({ address }) => address);
    expect(new Set(addresses).size).toBe(5);
    await scale('web', 0);
    expect([await connector.running('web'), await connector.running('api')]).toEqual([0, 3]);
  });

  test('a resource that ended by itself does not count, and is cleared away and made good by the next scale', async () => {
    await define();
    await scale('web', 3);
    const end = async (number: number) => {
      const id = `connector--host--web--${number}`;
      const watch = openWatch(ground);
      process.kill(-Number((await ground.find(id))!.ref['pgid']), 'SIGKILL');
      await watch.deathOf(id);
      await watch.close();
    };
    await end(1);
    expect(await connector.running('web')).toBe(2);
    expect((await scale('web', 3)).status).toBe(200);
    expect((await machinesOf('web')).map(({ state }) => state)).toEqual(['running', 'running', 'running']);
    expect(await idsOf('web')).toEqual([0, 1, 2].map((n) => `connector--host--web--${n}`));
    await end(2);
    await scale('web', 2);
    expect(await idsOf('web')).toEqual([0, 1].map((n) => `connector--host--web--${n}`));
  });

  test('calls at the same time come one after the other: the last number counts, and every start adds one', async () => {
    await define();
    await Promise.all([scale('web', 4), scale('web', 1), scale('web', 3)]);
    expect(await connector.running('web')).toBe(3);
    await Promise.all(Array.from({ length: 3 }, () => connector.ask('GET', '/service/web/start')));
    expect(await connector.running('web')).toBe(6);
    expect(new Set((await machinesOf('web')).map(({ address }) => address)).size).toBe(6);
  });

  test('machines of others are neither counted nor touched', async () => {
    await define();
    const other = await ground.start('other', ['sleep', '1000'], { owner: 'cluster/test/x/1/1', networks: [{ device: 'eth0', network: 'admin', address: '127.199.127.254' }] });
    await scale('web', 1);
    expect((await machinesOf('web')).map(({ address }) => address)).toEqual(['127.199.127.253']);
    await scale('web', 0);
    expect(await ground.find('other')).toEqual(other);
    await ground.stop('other', 0);
  });

  test('a service without a command cannot run where images do not: 422 says so, and nothing is left', async () => {
    await connector.ask('POST', '/service', { name: 'web', image: 'web:1' });
    const wanted = { status: 422, json: { code: 'command_needed', message: 'Service web has no command, and compute host runs processes, not images.', fix: expect.any(String) } };
    expect(await scale('web', 2)).toMatchObject(wanted);
    expect(await connector.ask('GET', '/service/web/start')).toMatchObject(wanted);
    expect(await ground.driver.list()).toEqual([]);
  });

  test('what the driver refuses is told in its words', async () => {
    await define({ environment: { 'not.a.variable': '1' } });
    expect(await scale('web', 1)).toMatchObject({ status: 400, json: { code: 'bad_environment', message: expect.stringContaining('web-0') } });
  });

  test.each(['three', 1.5, -1, null, true, [1], {}, '', '1.0', '-1', 1001, 1e300])('a number that is %j is refused, and nothing changes', async (number) => {
    await define();
    expect(await scale('web', number)).toMatchObject({ status: 400, json: { code: 'invalid_parameter', message: 'Invalid value for number parameter.' } });
    expect(await connector.running('web')).toBe(0);
  });

  test('scale without a number, without data', async () => {
    await define();
    expect(await connector.ask('POST', '/service/web/scale', { compute: 'x' })).toMatchObject({ status: 400, json: { code: 'missing_parameters', message: 'Missing parameter.' } });
    expect(await connector.ask('POST', '/service/web/scale')).toMatchObject({ status: 400, json: { code: 'no_data', message: 'No data received' } });
  });
});

describe('paths', () => {
  test.each([['GET', ''], ['GET', '/status'], ['GET', '/start'], ['GET', '/kill'], ['POST', '/scale']])('%s /service/none%s: 501 for what is not defined', async (method, path) => {
    const answer = await connector.ask(method, `/service/none${path}`, method === 'POST' ? { number: 1 } : undefined);
    expect(answer).toMatchObject({ status: 501, json: { status: 501, code: 'undefined_service', error: 'not implemented', message: 'Undefined service: none.', fix: expect.any(String) } });
  });

  test.each([['DELETE', '/service', 'GET, HEAD, POST'], ['DELETE', '/service/web', 'GET, HEAD, PUT'], ['POST', '/service/web/start', 'GET'], ['POST', '/service/web/kill', 'GET'], ['GET', '/service/web/scale', 'POST'], ['PUT', '/service/web/status', 'GET, HEAD']])(
    '%s %s: 405, and Allow says what is possible', async (method, path, allow) => {
      const answer = await connector.ask(method, path);
      expect([answer.status, answer.headers.get('allow')!.split(', ').sort().join(', '), answer.json.code]).toEqual([405, allow, 'method_not_allowed']);
    });

  test('HEAD starts and ends nothing', async () => {
    await define();
    await scale('web', 1);
    for (const verb of ['start', 'kill']) expect((await connector.ask('HEAD', `/service/web/${verb}`)).status).toBe(405);
    expect(await connector.running('web')).toBe(1);
  });

  test.each(['/', '/services', '/service/', '/service/web/', '/service/web/status/', '/service/web/restart', '/service/a/b/status'])('%s: 404', async (path) => {
    expect(await connector.ask('GET', path)).toMatchObject({ status: 404, json: { code: 'unknown_path' } });
  });

  test('pages of other sites command nothing, be it by the address of a picture or through a name that leads here', async () => {
    await define();
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }] as Record<string, string>[]) {
      expect(await connector.ask('GET', '/service/web/start', undefined, headers)).toMatchObject({ status: 403, json: { code: 'foreign_origin' } });
    }
    const rebound = request(`${connector.url}/service/web/start`, { headers: { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' } }).end();
    expect(((await once(rebound, 'response')) as [IncomingMessage])[0].resume().statusCode).toBe(403);
    expect((await connector.ask('GET', '/service/web/status', undefined, { 'sec-fetch-site': 'none' })).json).toEqual({ running_resources: 0 });
  });
});

describe('the process', () => {
  test('killed and started again, it finds what it had: the same machines, the same definitions', async () => {
    await define();
    await scale('web', 2);
    const before = await machinesOf('web');
    process.kill(JSON.parse(readFileSync(join(ground.gridHome, 'connectors/host.lock'), 'utf8')).pid as number, 'SIGKILL');
    expect(await connector.closed()).not.toBe(0);
    connector = await start();
    expect(await connector.running('web')).toBe(2);
    await scale('web', 3);
    const after = await machinesOf('web');
    expect(after.filter(({ id }) => before.some((one) => one.id === id))).toEqual(before);
    expect(after).toHaveLength(3);
  });

  test('it ends with the command that started it, however that went', async () => {
    connector.process.kill('SIGKILL');
    await until(async () => {
      connector = await start();
    });
    expect((await connector.ask('GET', '/service')).status).toBe(200);
  });

  test('ended by Ctrl-C it exits with 0, and what it runs runs on', async () => {
    await define();
    await scale('web', 1);
    expect(await connector.end()).toBe(0);
    expect((await machinesOf('web')).map(({ state }) => state)).toEqual(['running']);
    connector = await start();
    expect(await connector.running('web')).toBe(1);
  });

  test('files of definitions: JSON, YAML and services.py, which is read and not run', async () => {
    const files = {
      'a.json': '{"a": {"image": "a:1", "command": "sleep 1"}}',
      'b.yaml': 'b:\n  image: b:1\n  environment: {X: y}\n',
      'services.py': `# comment\nc = {\n  'name': 'c',\n  'image': 'c:1',\n  'environment': {'N': 1},\n  'ports': ('8080',),\n}\n`,
    };
    await define();
    for (const [file, text] of Object.entries(files)) {
      await connector.end();
      writeFileSync(join(ground.gridHome, file), text);
      connector = await start(`--services=${join(ground.gridHome, file)}`);
    }
    const services = (await connector.ask('GET', '/service')).json;
    expect(services).toMatchObject({ a: { image: 'a:1', command: 'sleep 1' }, b: { environment: { X: 'y' } }, c: { name: 'c', environment: { N: 1 }, ports: ['8080'] }, web: SLEEPER });
  });

  const refused = async (...words: string[]) => {
    const ended = grid(ground.gridHome, ['connector', ...words]);
    return { code: await ended.closed(), said: ended.said() };
  };

  test.each<[string, string, RegExp]>([
    ['bad.py', 'import os\n', /bad\.py: line 1, column 8: only import = \{…\} is read/],
    ['bad.json', '{"x": {"image": "x:1", "command": "a | b"}}', /bad\.json, x: Invalid value for command parameter\.\n.*\| means something to a shell only/],
    ['bad.yaml', '- x\n', /bad\.yaml: holds no services by name/],
    ['bad.txt', '', /bad\.txt: is neither \.json/],
  ])('%s is refused before anything listens, with file and place', async (file, text, says) => {
    const path = join(ground.gridHome, file);
    writeFileSync(path, text);
    const { code, said } = await refused('--connector=process:', '--name=another', `--services=${path}`, '--listen', `127.0.0.1:${await freePort()}`);
    expect([code, said]).toEqual([1, expect.stringMatching(says)]);
  });

  test('a second process for the same compute and home is refused, and the first goes on', async () => {
    const { code, said } = await refused(...WORDS, '--listen', `127.0.0.1:${await freePort()}`);
    expect([code, said]).toEqual([1, expect.stringMatching(/connector host runs already: process \d+/)]);
    expect((await connector.ask('GET', '/service')).status).toBe(200);
  });

  test.each<[string[], number, RegExp]>([
    [['--connector=process:', '--listen=0.0.0.0:7051'], 1, /--listen 0\.0\.0\.0:7051 is not allowed: loopback only/],
    [['--connector=process:', '--listen=7051'], 1, /--listen 7051 is not allowed/],
    [['--connector=process:', '--listen=127.0.0.1:1,127.0.0.1:2'], 1, /names several addresses/],
    [['--connector=ftp://x', '--name=y'], 1, /no driver for connectors beginning with ftp:/],
    [['--connector=process:?net=1', '--name=y'], 1, /parameter net of the connector is not allowed/],
    [['--connector=process:', '--name=a b'], 1, /"a b" is not a name/],
    [[], 2, /a connector serves one compute/],
    [['--compute=host', '--connector=process:'], 2, /a connector serves one compute/],
    [['--compute=host', '--name=x'], 2, /a compute of the grid has its own name/],
    [['--compute=host'], 1, /no grid answers at/],
  ])('%j is refused with what is wrong', async (words, code, says) => {
    const ended = grid(ground.gridHome, ['connector', ...words], { GRID_API: 'http://127.0.0.1:9' });
    expect([await ended.closed(), ended.said()]).toEqual([code, expect.stringMatching(says)]);
  });
});

test('both sides of the contract: our client scales our server 0 → 3 → 1 → 0', async () => {
  await define();
  const client = openConnector({ compute: 'localdc', connector: connector.url });
  await client.reach(never);
  expect(await client.running('web', never)).toBe(0);
  let had = 0;
  for (const wanted of [3, 1, 0]) {
    expect(await client.scale('web', { wanted, had }, never)).toBe(wanted);
    expect(await client.running('web', never)).toBe(wanted);
    expect(await machinesOf('web')).toHaveLength(wanted);
    had = wanted;
  }
  await expect(client.running('none', never)).rejects.toThrow('compute localdc: asked about service none, the connector answered 501: Undefined service: none.');
});

/** Tries until it succeeds: the process that is to be gone notices that a moment later. */
async function until(work: () => Promise<void>, withinMs = 10_000): Promise<void> {
  for (const end = Date.now() + withinMs; ; ) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
