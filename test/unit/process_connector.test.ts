import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { openDriver } from '../../activities/machines/open_driver';

const gridHome = mkdtempSync(join(tmpdir(), 'grid-connector-'));
afterAll(() => rmSync(gridHome, { recursive: true }));

const open = (connector: string) => openDriver({ name: 'host', connector, gridHome, grid: 'test' });

test('without parameters a process compute is this host, its disks and two halves of a loopback range', async () => {
  expect(await open('process:').capacity()).toEqual({
    hosts: [{
      name: hostname(), cpu: availableParallelism(), memMiB: Math.floor(totalmem() * 0.9 / 2 ** 20),
      disks: ['disk1', 'disk2', 'disk3', 'disk4', 'disk5', 'disk6', 'disk7', 'disk8', 'disk9', 'disk10', 'disk11', 'disk12'],
    }],
    networks: [
      { name: 'admin', first: '127.77.0.1', last: '127.77.127.254' },
      { name: 'storage', first: '127.77.128.1', last: '127.77.255.254' },
    ],
    cpuOvercommit: 8,
    diskRoot: join(gridHome, 'disks'),
  });
});

test('its parameters replace what the host has', async () => {
  expect(await open('process:?net=127.200&cpu=1.5&memMiB=2048&tags=ssd,rack1,ssd').capacity()).toMatchObject({
    hosts: [{ cpu: 1.5, memMiB: 2048, tags: ['ssd', 'rack1'] }],
    networks: [{ first: '127.200.0.1' }, { last: '127.200.255.254' }],
  });
});

test.each([
  'process:?net=127.0', 'process:?net=127.256', 'process:?net=10.0', 'process:?net=127.7.7', 'process:?net=127.077', 'process:?net=',
  'process:?cpu=0', 'process:?cpu=-1', 'process:?cpu=1e3', 'process:?cpu=many', 'process:?cpu=1&cpu=2',
  'process:?memMiB=0', 'process:?memMiB=1.5', 'process:?memMiB=0x10', 'process:?disks=3', 'process:?tags=', 'process:?tags=a,', 'process:?tags=a b', 'process:?toString=1',
  'process://elsewhere', 'process:/path', 'process:#x', 'no url at all',
])('the connector %j is refused, naming what is wrong', (connector) => {
  expect(() => open(connector)).toThrow(expect.objectContaining({ problem: expect.objectContaining({ status: 400, code: 'bad_connector', field: 'connector' }) }));
});

test('every wrong parameter is named at once', () => {
  expect(() => open('process:?net=x&cpu=x')).toThrow(expect.objectContaining({
    problem: expect.objectContaining({ problems: [expect.objectContaining({ evidence: 'x' }), expect.objectContaining({ evidence: 'x' })] }),
  }));
});

test('a scheme without a driver is refused', () => {
  expect(() => open('carrier-pigeon:')).toThrow(expect.objectContaining({ problem: expect.objectContaining({ status: 400, code: 'unknown_connector' }) }));
});

test('another system than Linux is refused in words', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
  Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  try {
    expect(() => open('process:')).toThrow(expect.objectContaining({ problem: expect.objectContaining({ status: 422, code: 'unsupported_host' }) }));
  } finally {
    Object.defineProperty(process, 'platform', platform);
  }
});
