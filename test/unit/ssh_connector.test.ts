import { openDriver } from '../../activities/machines/open_driver';
import { readSshConnector } from '../../activities/machines/ssh/connector';
import { behindLoopback, candidatePorts } from '../../activities/machines/ssh/temporal_place';

const options = { name: 'rack1', gridHome: 'home', grid: 'test' };
const list = (connector: string) => readSshConnector(options, connector);
const read = (connector: string) => [...list(connector).values()][0];

test('a connector names a host, and may set all else', () => {
  const hostkey = `SHA256:ab+d/${'x'.repeat(38)}`;
  expect(read(`ssh://ops@host:2222?key=/etc/grid/key&hostkey=${hostkey}&home=/srv/grid&cpu=4&memMiB=8192&net=127.99&tags=ssd,rack1`)).toEqual({
    compute: 'rack1', grid: 'test', user: 'ops', host: 'host', port: 2222, key: '/etc/grid/key', hostkey, home: '/srv/grid',
    there: 'process:?cpu=4&memMiB=8192&net=127.99&tags=ssd%2Crack1',
  });
  expect(read('ssh://ops@host')).toMatchObject({ port: 22, home: '.service-grid', there: 'process:?' });
  expect(read('ssh://ops@[::1]:23')).toMatchObject({ host: '::1', port: 23 });
});

test('a connector may name several hosts, each with what is its own', () => {
  const [one, two] = ['a', 'b'].map((letter) => `SHA256:${letter.repeat(43)}`);
  const hosts = list(`ssh://ops@host1:22,10.0.0.2:2222,[::1]?key=/k&tags=ssd&hostkey.host1=${one}&hostkey.10.0.0.2=${two}&cpu=4&cpu.::1=8&tags.10.0.0.2=big`);
  expect([...hosts.keys()]).toEqual(['host1', '10.0.0.2', '::1']);
  expect([...hosts.values()]).toMatchObject([
    { user: 'ops', host: 'host1', port: 22, key: '/k', hostkey: one, there: 'process:?cpu=4&tags=ssd' },
    { user: 'ops', host: '10.0.0.2', port: 2222, key: '/k', hostkey: two, there: 'process:?cpu=4&tags=big' },
    { user: 'ops', host: '::1', port: 22, key: '/k', hostkey: undefined, there: 'process:?cpu=8&tags=ssd' },
  ]);
});

test('hosts that differ by their port alone are named with it', () => {
  expect([...list('ssh://host:1,host:2,other:3?cpu.host:2=8').entries()].map(([name, { port, there }]) => [name, port, there])).toEqual([
    ['host:1', 1, 'process:?'], ['host:2', 2, 'process:?cpu=8'], ['other', 3, 'process:?'],
  ]);
});

test.each([
  'ssh:', 'ssh://ops@host,', 'ssh://ops@host,host', 'ssh://ops@host:22,host', 'ssh://ops@a,b@c', 'ssh://ops@a,b:secret', 'ssh://ops@a,b?cpu.c=1', 'ssh://ops@a,b?cpu.a=0', 'ssh://ops@a,b?cpu.=1', 'ssh://ops@a,b?nothing.a=1', 'ssh://ops@a,b/path', 'ssh://ops:secret@host', 'ssh://ops@host/path', 'ssh://ops@host#x', 'ssh://ops@host?user=x', 'ssh://ops@host?toString=1',
  'ssh://ops@host?hostkey=md5:1', 'ssh://ops@host?home=a%0Ab', 'ssh://ops@host?home=$(id)', 'ssh://ops@host?home=', 'ssh://ops@host?key=',
  'ssh://ops@host?cpu=0', 'ssh://ops@host?memMiB=1.5', 'ssh://ops@host?net=10.0', 'ssh://ops@host?net=127.0', 'ssh://ops@host?cpu=1&cpu=2', 'ssh://ops@host?tags=', 'ssh://ops@host?tags=a,,b', 'ssh://ops@host?tags=a%20b',
])('the connector %j is refused, naming what is wrong and no secret', (connector) => {
  let seen: unknown;
  try {
    openDriver({ ...options, connector });
  } catch (error) {
    seen = error;
  }
  expect(seen).toMatchObject({ problem: { status: 400, code: 'bad_connector', field: 'connector' } });
  expect(JSON.stringify((seen as { problem: unknown }).problem)).not.toContain('secret');
});

test('only a Temporal on loopback is led to, at ports that are a host\'s own and always the same', () => {
  expect(['127.0.0.1:7233', 'localhost:1', '[::1]:7', '127.1.2.3:4'].map(behindLoopback)).toEqual([
    { host: '127.0.0.1', port: 7233 }, { host: 'localhost', port: 1 }, { host: '::1', port: 7 }, { host: '127.1.2.3', port: 4 },
  ]);
  expect(['10.0.0.1:7233', 'temporal:7233', '127.example.com:1'].map(behindLoopback)).toEqual([undefined, undefined, undefined]);
  const host = read('ssh://ops@host')!;
  expect(candidatePorts(host)).toEqual(candidatePorts({ ...host }));
  expect(candidatePorts(host)).not.toEqual(candidatePorts({ ...host, grid: 'other' }));
  expect(candidatePorts(host).every((port) => port >= 20_000 && port < 32_000)).toBe(true);
});
