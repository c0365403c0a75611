import { randomUUID } from 'node:crypto';
import type { Driver } from '../../activities/machines/driver';
import { openDriver } from '../../activities/machines/open_driver';
import type { Machine, MachineDisk, MachineSpec } from '../../model/machine';
import { BASE_IMAGE, removeByHand, type DockerEngine } from '../support/docker_engine';
import { never } from './process_ground';

/** A grid of one test file's own on an engine, so that what it left behind can be told from all else. */
export interface DockerGround {
  engine: DockerEngine;
  grid: string;
  driver: Driver;
  /** First two numbers of its addresses. */
  net: string;
  open(more?: { name?: string; grid?: string; socket?: string; parameters?: Record<string, string> }): Driver;
  spec(id: string, command?: string[], more?: Partial<MachineSpec>): MachineSpec;
  start(id: string, command?: string[], more?: Partial<MachineSpec>): Promise<Machine>;
  stop(id: string, graceMs?: number): Promise<void>;
  find(id: string): Promise<Machine | undefined>;
  disk(name: string, destination: string, mode?: 'rw' | 'ro'): MachineDisk;
  /** How to end the watches that are open. */
  watches: Set<() => Promise<void>>;
  /** Names of what the engine has of any grid. */
  left(): Promise<Record<'containers' | 'networks' | 'volumes', string[]>>;
  /** Ends what a test left running and fails when anything stays, which it removes so that the test fails alone. */
  audit(): Promise<void>;
}

const LABEL = 'service-grid.grid';

export function openDockerGround(engine: DockerEngine, net = '10.199'): DockerGround {
  const grid = randomUUID();
  const open: DockerGround['open'] = ({ name = 'docker', grid: of = grid, socket = engine.socket, parameters = {} } = {}) =>
    openDriver({ name, connector: `docker://${socket}?${new URLSearchParams({ net, image: BASE_IMAGE, ...parameters })}`, gridHome: engine.dir, grid: of });
  const driver = open();
  const spec: DockerGround['spec'] = (id, command, more = {}) => ({
    id, owner: 'cluster/test/reference/1.0.0/1', node: id, generation: 1, command,
    env: {}, cpu: 0.1, memMiB: 64, disks: [], networks: [], ...more,
  });
  return {
    engine, grid, driver, net, open, spec,
    start: (id, command, more) => driver.start(spec(id, command, more), never),
    stop: (id, graceMs = 5_000) => driver.stop(id, { graceMs }, never),
    find: (id) => driver.find(id),
    disk: (name, destination, mode = 'rw') => ({ name, origin: `/data/${name.slice(4)}/clusters--test--reference--1__0__0--1--nodes--n0`, destination, mode }),
    watches: new Set(),
    async left() {
      const filters = { label: [LABEL] };
      const [containers, networks, { Volumes: volumes }] = await Promise.all([
        engine.docker.listContainers({ all: true, filters }), engine.docker.listNetworks({ filters }), engine.docker.listVolumes({ filters }),
      ]);
      return { containers: containers.map(({ Names }) => Names[0]!), networks: networks.map(({ Name }) => Name), volumes: volumes.map(({ Name }) => Name) };
    },
    async audit() {
      await Promise.all([...this.watches].map((close) => close()));
      await Promise.all((await driver.list()).map(({ id }) => driver.stop(id, { graceMs: 0 }, never)));
      const left = await this.left();
      for (const name of left.containers) await removeByHand(engine.docker, name.slice(1));
      for (const name of left.volumes) await engine.docker.getVolume(name).remove();
      for (const name of left.networks) await engine.docker.getNetwork(name).remove();
      expect(left).toEqual(NOTHING);
    },
  };
}

export const NOTHING = { containers: [], networks: [], volumes: [] };
