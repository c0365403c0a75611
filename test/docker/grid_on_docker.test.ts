import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { readConfig } from '../../config';
import { defineDocker } from '../../workers/define_docker';
import { openRegistry } from '../machines/docker_registry';
import { removeByHand, startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { grid as gridCommand } from '../support/cli';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { addHostImage } from '../support/host_image';
import { ask, launch, read, removeCompute, untilConfirmed } from '../support/http';
import { DOCKER, describeNeeding } from '../support/parts';
import { byTheBook } from '../support/runbook';
import { agentOf, expectInstances, install, installed, page, serviceOf, uninstall, uninstalled, untilPath } from '../support/services';
import { putProduct } from '../support/product';
import { unreplayable } from '../support/replayed';

const IMAGE = 'grid-test/host:1';
const LABEL = 'service-grid.grid';

describeNeeding([...DOCKER, 'redis-server'], 'a grid whose machines are containers', () => {
  let engine: DockerEngine;
  let grid: TestGrid;
  beforeAll(async () => {
    engine = await startDockerEngine();
    await addHostImage(engine, IMAGE, ['redis-server', 'redis-cli']);
    grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: '3s', GRID_POLL_INTERVAL: '500ms', DOCKER_HOST: `unix://${engine.socket}` } });
  });
  afterAll(async () => {
    await grid.end();
    const filters = { label: [LABEL] };
    for (const { Id } of await engine.docker.listContainers({ all: true, filters })) await removeByHand(engine.docker, Id);
    for (const { Id } of await engine.docker.listNetworks({ filters })) await engine.docker.getNetwork(Id).remove();
    await engine.close();
  });

  /** What a control worker does at its start. */
  const startedAgain = async () => {
    const { namespace, temporalAddress: address } = JSON.parse(readFileSync(join(grid.home, 'grid.json'), 'utf8')) as { namespace: string; temporalAddress: string };
    const connection = await Connection.connect({ address });
    await defineDocker(new Client({ connection, namespace }), readConfig({ GRID_HOME: grid.home, DOCKER_HOST: `unix://${engine.socket}` }), pino({ level: 'silent' })).finally(() => connection.close());
  };
  const cluster = (id: string, ready: (d: any) => boolean) => untilPath(grid, `/api/v1/lifecycles/${id}`, ready);
  const made = async () => {
    const filters = { label: [LABEL] };
    const [containers, networks, { Volumes }] = await Promise.all([engine.docker.listContainers({ all: true, filters }), engine.docker.listNetworks({ filters }), engine.docker.listVolumes({ filters })]);
    return { containers: containers.map(({ Names }) => Names[0]!), networks: networks.map(({ Name }) => Name), volumes: Volumes.map(({ Name }) => Name) };
  };
  const machineOf = async (owner: string) => (await read(grid, `/api/v1/machines?limit=100&owner=${encodeURIComponent(owner)}`)).machines[0];
  const containerOf = async (owner: string) => engine.docker.getContainer((await machineOf(owner)).ref.containerId);
  /** The audit: an engine takes a moment to let go of what it was told to. */
  const nothingLeft = async () => {
    const until = Date.now() + 15_000;
    while (Object.values(await made()).some((names) => names.length > 0) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await made()).toEqual({ containers: [], networks: [], volumes: [] });
  };

  test('the engine of the host is the compute docker, after those that were defined and with the pools of host; what a user makes of it stays', async () => {
    const found = await untilPath(grid, '/api/v1/computes/docker', (d) => d.state === 'ready');
    const { host } = await read(grid, '/compute');
    const octet = /net=127\.(\d+)/.exec(host.connector)![1];
    expect(found).toMatchObject({ driver: 'docker', connector: `docker://${engine.socket}?net=10.${octet}`, capacity: { hosts: [{ disks: { length: 12 } }], networks: [{ name: 'admin' }, { name: 'storage' }] } });
    const other = `docker://${engine.socket}?net=10.${randomInt(191, 195)}`;
    expect(await untilConfirmed(() => ask(grid, 'PUT', '/api/v1/computes/later', { connector: other }))).toMatchObject({ status: 201 });
    expect(Object.keys(await read(grid, '/compute'))).toEqual(['later', 'host', 'docker']);
    expect(await removeCompute(grid, 'later')).toMatchObject({ status: 204 });
    await startedAgain();
    expect(await read(grid, '/api/v1/computes/docker')).toMatchObject({ connector: found.connector, found: true });
    expect(await removeCompute(grid, 'docker')).toMatchObject({ status: 204 });
    await startedAgain();
    expect(await read(grid, '/api/v1/computes/docker')).toMatchObject({ connector: found.connector, found: true });
    const connector = `docker://${engine.socket}?net=10.${randomInt(130, 190)}&image=${IMAGE}`;
    expect(await untilConfirmed(() => ask(grid, 'PUT', '/api/v1/computes/docker', { connector }))).toMatchObject({ status: 200, body: { connector, state: 'ready' } });
    await startedAgain();
    const after = await read(grid, '/api/v1/computes/docker');
    expect([after.connector, after.found]).toEqual([connector, undefined]);
  });

  test('redis with two replicas replicates in three containers; one that is removed by hand is lost at once and repaired', async () => {
    const id = await launch(grid, 'redis/1.0.0?compute=docker', { replicas: 2 });
    const { nodes } = await cluster(id, (d) => d.state === 'ready');
    const said = await gridCommand(['exec', id, 'redis0', '--', 'redis-cli', '-h', nodes[0].networks[0].address, 'info', 'replication'], { env: grid.env as Record<string, string> });
    expect(said.stdout).toMatch(/role:master[\s\S]*connected_slaves:2/);
    expect(await made()).toMatchObject({ containers: { length: 3 }, volumes: { length: 3 } });
    const { machines } = await read(grid, `/api/v1/machines?owner=${encodeURIComponent(id)}`);
    await removeByHand(engine.docker, machines.find((m: any) => m.node === 'redis2').ref.containerId);
    await cluster(id, (d) => d.conditions.some((c: any) => c.type === 'Degraded'));
    await ask(grid, 'POST', `/api/v1/lifecycles/${id}/repair`);
    await cluster(id, (d) => d.conditions.length === 0 && d.nodes.every((n: any) => n.status === 'running') && d.operation === null);
    await ask(grid, 'POST', `/api/v1/lifecycles/${id}/destroy`);
    await cluster(id, (d) => d.state === 'destroyed');
    await nothingLeft();
  });

  test('a service runs in an image that has nothing of ours, fails over, moves to this host and leaves nothing', async () => {
    await install(grid, 'web', { planned: 2, min: 1, max: 2, compute: 'docker' });
    await installed(grid, 'web', 2);
    await expectInstances(grid, 'web', [{ agent: 0, machine: 0 }, { agent: 0, machine: 0 }]);
    for (const number of [0, 1]) expect(await page(grid, 'web', number)).toContain(`web/${number}`);
    await (await containerOf('agent/0')).kill();
    await untilPath(grid, '/agents/0/', (d) => d.number_of_machine_restarts === 1 && d.progress === 'AGENT_STARTED');
    await installed(grid, 'web', 2);
    expect((await agentOf(grid, 1)).number_of_machine_restarts).toBe(0);
    const done = await gridCommand(['compute', 'drain', 'docker'], { env: grid.env as Record<string, string> });
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('docker is drained') });
    expect((await serviceOf(grid, 'web')).instance_ids).toHaveLength(2);
    await nothingLeft();
    await ask(grid, 'POST', '/api/v1/computes/docker/undrain');
    await uninstall(grid, 'web');
    await uninstalled(grid, 'web');
    expect(labelled(grid.home)).toEqual([]);
  });

  test('the engine killed and started again: services come back by themselves, clusters when a person says so', async () => {
    await install(grid, 'again', { min: 1, max: 1, compute: 'docker' });
    await installed(grid, 'again', 1);
    const id = await launch(grid, 'redis/1.0.0?compute=docker', { replicas: 0 });
    await cluster(id, (d) => d.state === 'ready');
    await engine.kill();
    await byTheBook(grid, 'compute/docker', 'engine_unreachable', [], { mend: () => engine.start() });
    await untilPath(grid, '/api/v1/computes/docker', (d) => d.conditions.length === 0);
    await cluster(id, (d) => d.conditions.some((c: any) => c.type === 'Degraded'));
    await untilPath(grid, '/services/again/', (d) => d.progress === 'SERVICE_INSTALLED');
    expect((await engine.docker.listContainers({ filters: { label: ['service-grid.owner=agent/2'] } })).length).toBeLessThanOrEqual(1);
    await byTheBook(grid, id, 'node_lost', ['repair'], { names: { 'compute/host': 'compute/docker' } });
    await cluster(id, (d) => d.conditions.length === 0 && d.operation === null);
    await ask(grid, 'POST', `/api/v1/lifecycles/${id}/destroy`);
    await cluster(id, (d) => d.state === 'destroyed');
    await uninstall(grid, 'again');
    await uninstalled(grid, 'again');
    await nothingLeft();
  });

  test('a cluster is ready when its image says that it is well, Degraded while it does not, and gets another machine when a person says so', async () => {
    await engine.addImage('grid-test/checked:1', { '!bin/busybox': readFileSync('/bin/busybox'), '!bin/sh': '#!/bin/busybox sh\nexec /bin/busybox sh "$@"\n' },
      ['HEALTHCHECK --interval=200ms --retries=1 CMD ["/bin/busybox", "cat", "/well"]', 'CMD ["/bin/busybox", "sleep", "1000"]']);
    await putProduct(grid, 'checked', { template: '{"nodes": {"only": {"cpu": 0.1, "mem": 16, "docker_image": "grid-test/checked:1"}}}' });
    const id = await launch(grid, 'checked/1?compute=docker', {});
    const on = async (...argv: string[]) => ask(grid, 'POST', `/api/v1/machines/${(await machineOf(id)).id}/exec`, { argv: ['/bin/busybox', ...argv] });
    await cluster(id, (d) => d.steps.some((s: any) => s.name === 'await_ready' && /only: the health check of its image says unhealthy: .*\/well/.test(s.waitingFor ?? s.progress?.note ?? '')));
    await on('touch', '/well');
    await cluster(id, (d) => d.state === 'ready' && d.conditions.length === 0);
    expect((await machineOf(id)).health).toEqual({ status: 'healthy', said: '' });
    await on('rm', '/well');
    const degraded = await cluster(id, (d) => d.conditions.some((c: any) => c.type === 'Degraded' && c.reason === 'node_unhealthy'));
    expect(degraded.nodes[0]).toMatchObject({ status: 'running', generation: 1, unhealthy: expect.stringContaining('/well') });
    await on('touch', '/well');
    await cluster(id, (d) => d.conditions.length === 0);
    await on('rm', '/well');
    await byTheBook(grid, id, 'node_unhealthy', ['repair']);
    await cluster(id, (d) => d.nodes[0].generation === 2 && d.steps.some((s: any) => s.name === 'await_ready' && s.state === 'running'));
    await on('touch', '/well');
    await cluster(id, (d) => d.operation === null && d.conditions.length === 0);
    await ask(grid, 'POST', `/api/v1/lifecycles/${id}/destroy`);
    await cluster(id, (d) => d.state === 'destroyed');
    await nothingLeft();
  });

  test('an image that is nowhere blocks the step and says so; abort leaves nothing', async () => {
    const id = await launch(grid, 'reference/1.0.0?compute=docker', { size: 1 });
    const blocked = await cluster(id, (d) => d.conditions.some((c: any) => c.type === 'Blocked'));
    expect(blocked.conditions.find((c: any) => c.type === 'Blocked').message).toMatch(/compute docker: image centos:7\.1\.1503/);
    await ask(grid, 'POST', `/api/v1/lifecycles/${id}/abort`);
    await cluster(id, (d) => d.state === 'destroyed');
    await nothingLeft();
  });

  test('an image that its registry does not have blocks the step; once it is there retry goes on', async () => {
    const registry = await openRegistry();
    try {
      const image = `${registry.host}/nothing:1`;
      await putProduct(grid, 'imaged', { template: { nodes: { only: { cpu: 0.1, mem: 16, docker_image: image } } } });
      const id = await launch(grid, 'imaged/1?compute=docker', {});
      await byTheBook(grid, id, 'image_not_found', ['retry'], { mend: () => engine.addImage(image, { '!bin/busybox': readFileSync('/bin/busybox') }, ['CMD ["/bin/busybox", "sleep", "1000"]']) });
      await cluster(id, (d) => d.state === 'ready');
      await ask(grid, 'POST', `/api/v1/lifecycles/${id}/destroy`);
      await cluster(id, (d) => d.state === 'destroyed');
      await nothingLeft();
    } finally {
      await registry.close();
    }
  });

  test('everything can be replayed', async () => {
    expect(await unreplayable(grid)).toEqual([]);
  });
});
