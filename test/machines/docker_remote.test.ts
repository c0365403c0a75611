import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Driver } from '../../activities/machines/driver';
import { openDriver } from '../../activities/machines/open_driver';
import type { MachineSpec } from '../../model/machine';
import { BASE_IMAGE, startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { freePort } from '../support/grid';
import { describeNeeding, DOCKER } from '../support/parts';
import { makeCertificates, type Certificates } from './docker_certificates';
import { never, openWatch } from './process_ground';
import { openSshHost, type SshHost } from './ssh_ground';

const NET = '10.196';

describeNeeding([...DOCKER, 'openssl', 'sshd'], 'an engine elsewhere', () => {
  let engine: DockerEngine;
  let files: Certificates;
  let host: SshHost;
  let port: number;
  beforeAll(async () => {
    [files, port] = [makeCertificates(), await freePort()];
    const { ca, server } = files;
    [engine, host] = await Promise.all([
      startDockerEngine(['--host', `tcp://127.0.0.1:${port}`, '--tlsverify', '--tlscacert', ca, '--tlscert', server.cert, '--tlskey', server.key]),
      openSshHost(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([engine.close(), host.close()]);
    rmSync(files.dir, { recursive: true });
  });

  const grid = randomUUID();
  const driverAt = (address: string, parameters: Record<string, string>): Driver =>
    openDriver({ name: 'docker', connector: `${address}?${new URLSearchParams({ net: NET, image: BASE_IMAGE, ...parameters })}`, gridHome: engine.dir, grid });
  const byTls = (more: Record<string, string> = {}) => driverAt(`docker://127.0.0.1:${port}`, { ca: files.ca, cert: files.client.cert, key: files.client.key, ...more });
  const bySsh = (more: Record<string, string> = {}) => {
    const url = new URL(host.connector());
    return driverAt(`docker+ssh://${url.username}@${url.host}${engine.socket}`, { key: url.searchParams.get('key')!, hostkey: host.fingerprint(), ...more });
  };
  const spec = (id: string, command: string[]): MachineSpec => ({
    id, owner: 'cluster/test/reference/1.0.0/1', node: id, generation: 1, command, env: {}, cpu: 0.5, memMiB: 64, disks: [], networks: [{ device: 'eth0', network: 'admin', address: `${NET}.0.7` }],
  });
  const ways = { TLS: byTls, SSH: bySsh };

  test.each(Object.keys(ways) as (keyof typeof ways)[])('one that is reached by %s runs machines as one of this host does', async (way) => {
    const driver = ways[way]();
    const watch = openWatch({ driver, watches: new Set() });
    const id = `by-${way.toLowerCase()}`;
    const started = await driver.start(spec(id, ['sh', '-c', 'echo up; exec sleep 300']), never);
    expect(await driver.list()).toEqual([started]);
    const said = await driver.exec(id, { argv: ['sh', '-c', 'cat; exit 4'], stdin: 'told', timeoutMs: 10_000 }, never);
    expect(said).toMatchObject({ stdout: 'told', exit: 4 });
    expect((await driver.logs(id, { offset: 0, waitMs: 5_000 }, never)).text).toContain('up');
    await engine.docker.getContainer(String(started.ref['containerId'])).kill();
    expect(await watch.deathOf(id)).toMatchObject({ machine: id, exit: { signal: 'SIGKILL' } });
    await driver.stop(id, { graceMs: 0 }, never);
    expect(await driver.list()).toEqual([]);
    await watch.close();
  });

  test('one that shows the certificate of somebody else is not trusted; one that does not take ours says so', async () => {
    await expect(byTls({ ca: files.foreignCa }).capacity()).rejects.toMatchObject({ problem: { status: 422, code: 'engine_untrusted' } });
    await expect(byTls({ cert: files.foreignCa, key: `${files.dir}/foreign.key` }).capacity()).rejects.toMatchObject({ problem: { status: 422, code: 'engine_untrusted' } });
    await expect(byTls({ key: `${files.dir}/none` }).capacity()).rejects.toMatchObject({ problem: { code: 'bad_key' } });
  });

  test('a host with another key is not logged in to, and a socket that nobody listens on is an engine that cannot be reached', async () => {
    await expect(bySsh({ hostkey: `SHA256:${'A'.repeat(43)}` }).capacity()).rejects.toMatchObject({ problem: { status: 409, code: 'wrong_host_key' } });
    const url = new URL(host.connector());
    const nobody = driverAt(`docker+ssh://${url.username}@${url.host}/nobody.sock`, { key: url.searchParams.get('key')!, hostkey: host.fingerprint() });
    await expect(nobody.capacity()).rejects.toMatchObject({ problem: { status: 503, code: 'engine_unreachable' }, passing: true });
  });

  test('while its host is away an engine cannot be reached and nobody is dead; when it is back its machines are found', async () => {
    const driver = bySsh();
    const started = await driver.start(spec('stays', ['sleep', '300']), never);
    const watch = openWatch({ driver, watches: new Set() });
    await host.stop();
    await expect(driver.find('stays')).rejects.toMatchObject({ problem: { code: 'engine_unreachable' }, passing: true });
    await host.start();
    expect(await driver.find('stays')).toEqual(started);
    await driver.stop('stays', { graceMs: 0 }, never);
    await watch.close();
    expect(watch.deaths).toEqual([]);
  });
});
