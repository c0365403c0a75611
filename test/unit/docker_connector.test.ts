import { readDockerConnector } from '../../activities/machines/docker/connector';
import { openDriver } from '../../activities/machines/open_driver';

const options = { name: 'docker', gridHome: 'home', grid: 'test' };
const read = (connector: string, more: Partial<typeof options> = {}) => readDockerConnector({ ...options, ...more }, new URL(connector));

test('a connector names an engine, and may set all else', () => {
  expect(read('docker:')).toMatchObject({ compute: 'docker', grid: 'test', at: { socket: '/var/run/docker.sock' } });
  expect(read('docker:///run/a%20b/docker.sock?net=172.31&cpu=1.5&memMiB=2048&image=registry:5000/team/app:1@sha256:ab&auth=env:REGISTRY&tags=ssd,rack1,ssd')).toMatchObject({
    at: { socket: '/run/a b/docker.sock' }, net: '172.31', cpu: 1.5, memMiB: 2048, image: 'registry:5000/team/app:1@sha256:ab', auth: 'env:REGISTRY', tags: ['ssd', 'rack1'],
  });
  expect(read('docker://engine?ca=/ca+1.pem&cert=/cert.pem&key=/key.pem&auth=file:/c.json').at).toEqual({ host: 'engine', port: 2376, ca: '/ca+1.pem', cert: '/cert.pem', key: '/key.pem' });
  expect(read('docker://[::1]:1234?ca=/a&cert=/b&key=/c').at).toMatchObject({ host: '::1', port: 1234 });
});

test('an engine of another host by SSH has the socket of that host, and the login of an ssh: connector', () => {
  const hostkey = `SHA256:${'a+/'.repeat(14)}b`;
  const { at, net } = read(`docker+ssh://ops@host:2222/run/my%20docker.sock?key=~/.ssh/id&hostkey=${hostkey}&net=10.9`);
  expect(at).toMatchObject({ socket: '/run/my docker.sock', ssh: { compute: 'docker', user: 'ops', host: 'host', port: 2222, key: '~/.ssh/id', hostkey } });
  expect(net).toBe('10.9');
  expect(read('docker+ssh://ops@host').at).toMatchObject({ socket: '/var/run/docker.sock', ssh: { user: 'ops', port: 22 } });
});

test('addresses that nobody chose are those of grid and compute, and always the same', () => {
  const nets = ['a', 'b', 'c', 'd'].flatMap((grid) => ['x', 'y', 'z'].map((name) => read('docker:', { grid, name }).net));
  expect(new Set(nets).size).toBeGreaterThan(nets.length / 2);
  for (const net of nets) expect(net).toMatch(/^10\.(12[89]|1[3-9]\d|2\d\d)$/);
  expect(read('docker:').net).toBe(read('docker:').net);
});

test.each([
  'docker:///a?net=8.8', 'docker:///a?net=10', 'docker:///a?net=10.256', 'docker:///a?net=127.77', 'docker:///a?cpu=0', 'docker:///a?memMiB=1.5', 'docker:///a?image=', 'docker:///a?image=-v',
  'docker:///a?auth=secret', 'docker:///a?auth=file:relative', 'docker:///a?toString=1', 'docker:///a?cpu=1&cpu=2', 'docker:///a?tags=', 'docker:///a?tags=a,', 'docker:///a#x', 'docker:relative', 'docker://user:secret@host?ca=/a&cert=/b&key=/c',
  'docker://host', 'docker://host?ca=/a', 'docker://host/path?ca=/a&cert=/b&key=/c', 'docker:///a?ca=/a&cert=/b&key=/c',
  'docker:///a?hostkey=SHA256:x', 'docker+ssh:', 'docker+ssh:///run/docker.sock', 'docker+ssh://user:secret@host', 'docker+ssh://a,b', 'docker+ssh://host?ca=/a', 'docker+ssh://host?hostkey=x', 'docker+ssh://host#x', 'docker+ssh://host?nothing=1',
])('the connector %j is refused, naming what is wrong', (connector) => {
  let seen: unknown;
  try {
    openDriver({ ...options, connector });
  } catch (error) {
    seen = error;
  }
  expect(seen).toMatchObject({ problem: { status: 400, code: 'bad_connector', field: 'connector', fix: expect.any(String) } });
  if (connector.includes('user:')) expect(JSON.stringify((seen as { problem: unknown }).problem)).not.toContain('secret');
});
