import { openDriver } from '../../activities/machines/driver';
import { readSshConnector } from '../../activities/machines/ssh/connector';

const options = { name: 'rack1', gridHome: 'home', grid: 'test' };
const read = (connector: string) => readSshConnector(options, new URL(connector));

test('a connector names a host, and may set all else', () => {
  const hostkey = `SHA256:ab+d/${'x'.repeat(38)}`;
  expect(read(`ssh://ops@host:2222?key=/etc/grid/key&hostkey=${hostkey}&home=/srv/grid&cpu=4&memMiB=8192&net=127.99&tags=ssd,rack1`)).toEqual({
    compute: 'rack1', grid: 'test', user: 'ops', host: 'host', port: 2222, key: '/etc/grid/key', hostkey, home: '/srv/grid',
    there: 'process:?cpu=4&memMiB=8192&net=127.99&tags=ssd%2Crack1',
  });
  expect(read('ssh://ops@host')).toMatchObject({ port: 22, home: '.service-grid', there: 'process:?' });
  expect(read('ssh://ops@[::1]:23')).toMatchObject({ host: '::1', port: 23 });
});

test.each([
  'ssh:', 'ssh://ops:secret@host', 'ssh://ops@host/path', 'ssh://ops@host#x', 'ssh://ops@host?user=x', 'ssh://ops@host?toString=1',
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
