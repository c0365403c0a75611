import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, addressOf } from '../../config';
import { isProblem, type Problem } from '../../model/errors';

function refusal(env: Record<string, string>): Problem {
  try {
    readConfig(env);
  } catch (error) {
    if (isProblem(error)) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(env)}`);
}

describe('configuration', () => {
  it('has a default for everything: loopback 5000, ~/.service-grid, the embedded server', () => {
    const config = readConfig({});
    expect(config.listen).toEqual([{ host: '127.0.0.1', port: 5000 }]);
    expect(config.api).toBe('http://127.0.0.1:5000');
    expect(config.home).toMatch(/\/\.service-grid$/);
    expect(config.catalog).toMatch(/\/catalog$/);
    expect(config.temporal).toMatchObject({ given: false, namespace: 'servicegrid', connection: { address: '127.0.0.1:7233' } });
    expect(config.logLevel).toBe('info');
    expect(config.capacity).toEqual({ intervalMs: 15_000, cooldownOutMs: 30_000, cooldownInMs: 120_000, stabilisationMs: 60_000 });
  });

  it('puts http://localhost before ids of services, or another origin, which has no path of its own', () => {
    expect(readConfig({}).url).toBe('http://localhost');
    expect(readConfig({ GRID_URL: 'https://grid.example:8443/' }).url).toBe('https://grid.example:8443');
    for (const url of ['http://grid.example/below', 'grid.example', 'ftp://grid.example', 'http://u:p@grid.example']) expect(refusal({ GRID_URL: url }).message).toContain(`GRID_URL=${url}`);
  });

  it('knows the socket of the Docker engine of this host, unless DOCKER_HOST names one elsewhere', () => {
    expect(readConfig({}).dockerSocket).toBe('/var/run/docker.sock');
    expect(readConfig({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }).dockerSocket).toBe('/run/user/1000/docker.sock');
    for (const elsewhere of ['tcp://engine:2376', 'ssh://ops@engine', 'unix://']) expect(readConfig({ DOCKER_HOST: elsewhere }).dockerSocket).toBeUndefined();
  });

  describe('GRID_COMPUTES', () => {
    const file = (name: string, text: string) => {
      const path = join(mkdtempSync(join(tmpdir(), 'grid-test-')), name);
      writeFileSync(path, text);
      return path;
    };
    const wanted = [{ name: 'localdc', connector: 'http://localhost:7051' }, { name: 'rack1', connector: 'ssh://ops@rack1' }];

    it.each([
      ['computes.json', '{"localdc": {"connector": "http://localhost:7051"}, "rack1": {"connector": "ssh://ops@rack1"}}'],
      ['computes.json', '[{"name": "localdc", "connector": "http://localhost:7051"}, {"name": "rack1", "connector": "ssh://ops@rack1"}]'],
      ['computes.yaml', 'localdc:\n  connector: http://localhost:7051\nrack1: {connector: "ssh://ops@rack1"}\n'],
      ['computes.py', "# ours\nlocaldc = {'name': 'localdc', 'connector': 'http://localhost:7051'}\nany = {'name': 'rack1', 'connector': 'ssh://ops@rack1',}\n"],
    ])('is read in the order of the file: %s', (name, text) => {
      expect(readConfig({ GRID_COMPUTES: file(name, text) }).computes).toEqual(wanted);
    });

    it.each([
      ['computes.py', 'import os\n', 'line 1'],
      ['computes.json', '{"host": {"connector": "process:"}}', 'comes with the grid'],
      ['computes.json', '{"a": {}}', 'connector is not a URL'],
      ['computes.json', '{"a b": {"connector": "http://x"}}', 'its name is none'],
      ['computes.json', '[{"name": "a", "connector": "http://x"}, {"name": "a", "connector": "http://y"}]', 'defined twice'],
      ['computes.json', '7', 'holds no computes'],
      ['computes.txt', 'a', 'ends with .json'],
    ])('refuses what it cannot read as computes: %s %s', (name, text, why) => {
      expect(refusal({ GRID_COMPUTES: file(name, text) }).message).toContain(why);
    });
  });

  it('takes another place for the compute host, and never repeats one that it refuses', () => {
    expect([readConfig({}).host, readConfig({ GRID_HOST: 'ssh://grid@machine?key=/keys/grid' }).host]).toEqual([undefined, 'ssh://grid@machine?key=/keys/grid']);
    for (const host of ['somewhere', 'ssh://grid:hunter2@machine']) expect(refusal({ GRID_HOST: host }).message).toMatch(/^GRID_HOST is not allowed: a connector of a compute without a password/);
  });

  it('treats an empty variable as one that is not set', () => {
    expect(readConfig({ LISTEN: '', GRID_TOKEN: '', TEMPORAL_ADDRESS: '' })).toEqual(readConfig({}));
  });

  it('listens at several addresses and tells the CLI the first', () => {
    const config = readConfig({ LISTEN: '127.0.0.1:5000, [::1]:7001,localhost:80' });
    expect(config.listen.map(addressOf)).toEqual(['127.0.0.1:5000', '[::1]:7001', 'localhost:80']);
    expect(config.api).toBe('http://127.0.0.1:5000');
  });

  it('takes a given Temporal server with its TLS, and a namespace of its own', () => {
    const { temporal } = readConfig({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'lab', TEMPORAL_TLS: 'true', TEMPORAL_UI_URL: 'https://ui.example/' });
    expect(temporal).toMatchObject({ given: true, namespace: 'lab', uiUrl: 'https://ui.example', connection: { address: 'temporal.example:7233' } });
    expect(temporal.connection.tls).toBeTruthy();
  });

  it.each([
    ['LISTEN', 'nonsense', /host:port/],
    ['LISTEN', '127.0.0.1:0', /host:port/],
    ['LISTEN', '127.0.0.1:70000', /host:port/],
    ['LISTEN', '127.0.0.1:5000,127.0.0.1:5000', /each address once/],
    ['GRID_METRICS', '9464', /host:port/],
    ['GRID_METRICS', '0.0.0.0:9464', /needs authentication \(GRID_TOKENS\)/],
    ['GRID_API', 'ftp://x', /http:\/\/ or https:\/\//],
    ['GRID_CATALOG', '/nowhere/at/all', /directory that exists/],
    ['GRID_DEPLOYMENT', 'a.b', /letters, digits/],
    ['GRID_TEMPORAL_PORT', '64536', /1 to 64535/],
    ['GRID_TEMPORAL_PORT', 'many', /1 to 64535/],
    ['TEMPORAL_ADDRESS', 'http://x:1', /host:port/],
    ['TEMPORAL_NAMESPACE', 'a b', /letters/],
    ['TEMPORAL_UI_URL', 'ui', /http:\/\//],
    ['GRID_LOG_LEVEL', 'loud', /trace, debug, info/],
    ['GRID_CAPACITY_INTERVAL', '2m', /1s to 1m/],
    ['GRID_CAPACITY_COOLDOWN_OUT', 'soon', /0s to 1d/],
  ])('refuses %s=%s, naming the variable, the value and what is allowed', (name, value, allowed) => {
    const problem = refusal({ [name]: value });
    expect(problem.code).toBe('wrong_configuration');
    expect(problem.field).toBe(name);
    expect(problem.message).toContain(`${name}=${value}`);
    expect(problem.message).toMatch(allowed);
  });

  it.each(['0.0.0.0:5000', '192.168.1.4:5000', '[::]:5000', 'grid.example:5000', '127.0.0.1.example:5000'])(
    'refuses to listen on %s without authentication, and says so',
    (listen) => {
      expect(refusal({ LISTEN: listen }).message).toMatch(/needs authentication \(GRID_TOKENS\)/);
    },
  );

  it('finds the API key of Temporal where it is, and hands on only that to agents', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'key');
    writeFileSync(path, 'the-key\n');
    const keyOf = (env: Record<string, string>) => readConfig({ TEMPORAL_ADDRESS: 'cloud.example:7233', ...env }).temporal.connection.apiKey;
    expect(keyOf({ TEMPORAL_API_KEY: 'plain' })).toBe('plain');
    expect(keyOf({ TEMPORAL_API_KEY: `file:${path}` })).toBe('the-key');
    expect(keyOf({ TEMPORAL_API_KEY: 'env:OF_SITE', OF_SITE: 'other' })).toBe('other');
    for (const nowhere of ['file:/nowhere/key', 'env:OF_NOBODY']) expect(refusal({ TEMPORAL_ADDRESS: 'cloud.example:7233', TEMPORAL_API_KEY: nowhere }).code).toBe('wrong_configuration');
  });

  it('names every wrong variable at once', () => {
    const problem = refusal({ LISTEN: 'x', GRID_LOG_LEVEL: 'y' });
    expect(problem.problems?.map((p) => p.field).sort()).toEqual(['GRID_LOG_LEVEL', 'LISTEN']);
  });

  it('never repeats a secret', () => {
    expect(JSON.stringify(refusal({ GRID_TOKEN: 'se cret' }))).not.toContain('se cret');
  });
});
