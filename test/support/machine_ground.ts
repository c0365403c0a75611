import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../tools/mesos_emulator/emulator';
import { claimNet } from '../../workers/claim_net';
import { openSshHost } from '../machines/ssh_ground';
import { removeByHand, startDockerEngine, type DockerEngine } from './docker_engine';
import { addHostImage } from './host_image';
import { DOCKER, isThere, type Part } from './parts';

export const KINDS = ['process', 'docker', 'ssh', 'mesos'] as const;
export type GroundKind = (typeof KINDS)[number];

/** What kind of compute the suites of clusters and services run on: GRID_TEST_COMPUTE, else processes of this host. */
export const GROUND = kindOf(process.env.GRID_TEST_COMPUTE ?? 'process');

/** Silence after which an agent counts as gone; where beginning one costs more, the others are kept from speaking for longer. */
export const SILENCE_MS = GROUND === 'process' ? 2_000 : 5_000;

/** How long a test waits for what shall come. */
export const PATIENCE_MS = GROUND === 'process' ? 90_000 : 150_000;

/** A machine as the API shows it. */
export interface SeenMachine {
  id: string;
  ref: Record<string, string | number>;
}

/** Where the machines of a grid under test are: what a test does to them, and looks up of them, by hand. */
export interface MachineGround {
  kind: GroundKind;
  /** Name of the compute that is used where a test names none. */
  compute: string;
  /** Its connector, unless the grid has it by itself. */
  own?: string;
  /** Connector of another compute of this kind with addresses of its own. */
  connector(more?: Record<string, string>): string;
  /** Address of this host as machines there reach it. */
  hostAddress: string;
  /** Where a command in a machine finds a path that its node has. */
  pathIn(path: string): string;
  /** `kill -9` of everything in a machine. */
  kill(machine: SeenMachine): Promise<void>;
  /** Takes a machine away with all that tells of it. */
  remove(machine: SeenMachine): Promise<void>;
  /** Names of what is there of machines besides their processes: directories; containers, volumes, networks. */
  things(): Promise<string[]>;
  /** Names of what disks have kept. */
  data(): Promise<string[]>;
  /** Only where machines are containers. */
  engine?: DockerEngine;
  /** Only where machines are tasks. */
  mesos?: Emulator;
  /** Process id of what stands for the master there: with it the master ends, and another is started a moment later. */
  masterPid?(): number;
  /** Has what agents run stay when the last of them goes, so that it need not be put there again for every test. */
  keepRuntime?(): Promise<void>;
  close(): Promise<void>;
}

/** Image of machines that are containers, also under the name that the reference product has. */
const IMAGE = 'grid-test/host:1';
const ALSO = { repo: 'centos', tag: '7.1.1503' };
const LABEL = 'service-grid.grid';
const MACHINE = 'service-grid.machine';
const DISK = 'service-grid.disk';
const FULL = 'service-grid.full';

const OPENERS: Record<GroundKind, (home: string) => Promise<MachineGround>> = { process: openProcesses, docker: openContainers, ssh: openHost, mesos: openMesos };

export const openMachineGround = (kind: GroundKind, home: string): Promise<MachineGround> => OPENERS[kind](home);

async function openProcesses(home: string): Promise<MachineGround> {
  const nets = freeNets(home);
  return {
    ...ofProcesses(home), kind: 'process', compute: 'host',
    connector: (more = {}) => `process:?${new URLSearchParams({ net: `127.${nets()}`, ...more })}`,
    close: async () => {},
  };
}

async function openHost(): Promise<MachineGround> {
  const host = await openSshHost();
  const nets = freeNets(host.dir);
  const connector = (more = {}) => host.connector({ net: `127.${nets()}`, ...more });
  return {
    ...ofProcesses(host.home), kind: 'ssh', compute: 'rack', own: connector(),
    connector, close: () => host.close(),
  };
}

/** What is the same of all machines that are process groups of this host. */
function ofProcesses(home: string) {
  const machines = join(home, 'machines');
  const kill = async ({ ref }: SeenMachine) => void process.kill(-Number(ref['pgid']), 'SIGKILL');
  const list = (path: string) => {
    try {
      return readdirSync(path, { recursive: true, withFileTypes: true });
    } catch {
      return [];
    }
  };
  return {
    hostAddress: '127.0.0.1',
    pathIn: (path: string) => path.replace(/^\//, ''),
    kill,
    remove: async (machine: SeenMachine) => {
      await kill(machine);
      rmSync(join(machines, machine.id), { recursive: true });
    },
    things: async () => list(machines).filter((one) => one.parentPath === machines && one.name !== 'started').map(({ name }) => name),
    data: async () => list(join(home, 'disks')).filter((one) => one.isFile()).map(({ name }) => name),
  };
}

async function openContainers(home: string): Promise<MachineGround> {
  const engine = await startDockerEngine();
  await addHostImage(engine, IMAGE, ['node', ...(isThere('redis-server') ? ['redis-server', 'redis-cli'] : [])]);
  await engine.docker.getImage(IMAGE).tag(ALSO);
  const nets = freeNets(engine.dir);
  const first = nets();
  let kept: string[] = [];
  const grid = () => readFileSync(join(home, 'grid-id'), 'utf8').trim();
  const filters = () => ({ label: [`${LABEL}=${grid()}`] });
  const container = ({ ref }: SeenMachine) => engine.docker.getContainer(String(ref['containerId']));
  return {
    kind: 'docker', compute: 'containers', engine,
    own: `docker://${engine.socket}?${new URLSearchParams({ net: `10.${first}`, image: IMAGE })}`,
    connector: (more = {}) => `docker://${engine.socket}?${new URLSearchParams({ net: `10.${nets()}`, image: IMAGE, ...more })}`,
    hostAddress: `10.${first}.0.1`,
    pathIn: (path) => path,
    kill: async (machine) => container(machine).kill(),
    remove: ({ ref }) => removeByHand(engine.docker, String(ref['containerId'])),
    async things() {
      const [containers, networks, { Volumes }] = await Promise.all([
        engine.docker.listContainers({ all: true, filters: filters() }), engine.docker.listNetworks({ filters: filters() }), engine.docker.listVolumes({ filters: filters() }),
      ]);
      const names = [...containers.map(({ Labels, Names }) => Labels[MACHINE] ?? Names[0]!), ...networks.map(({ Name }) => Name), ...Volumes.map(({ Name }) => Name)];
      return names.filter((name) => !kept.includes(name));
    },
    async keepRuntime() {
      if (kept.length > 0) return;
      const { Volumes } = await engine.docker.listVolumes({ filters: { label: [FULL] } });
      if (Volumes.length === 0) return;
      kept = Volumes.flatMap(({ Name, Labels }) => [Name, Labels[FULL]!]);
      const Mounts = kept.map((Source, i) => ({ Type: 'volume' as const, Source, Target: `/kept/${i}` }));
      await engine.docker.createContainer({ Image: IMAGE, Cmd: ['true'], HostConfig: { Mounts } });
    },
    data: async () => (await engine.docker.listVolumes({ filters: { label: [DISK, ...filters().label] } })).Volumes.map(({ Name }) => Name),
    close: () => engine.close(),
  };
}

/** A Mesos cluster in this very process, whose tasks are processes of this host; each of its hosts has an address of its own. */
async function openMesos(home: string): Promise<MachineGround> {
  const net = freeNets(home)();
  const hosts = Array.from({ length: MESOS_HOSTS }, (_, i) => ({ hostname: `host${i + 1}`, ip: `127.${net}.0.${i + 1}`, resources: 'cpus:4;mem:4096;disk:16384;ports:[31000-32000]' }));
  const mesos = await startEmulator({ hosts, allocationMs: 250, electionMs: 500, agentPingMs: 500 });
  const connector = (more: Record<string, string> = {}) => `mesos://127.0.0.1:${mesos.ports[0]}${Object.keys(more).length > 0 ? `?${new URLSearchParams(more)}` : ''}`;
  const master = standForMaster(mesos);
  const executionOf = ({ ref }: SeenMachine) => mesos.agents.flatMap((agent) => agent.executions()).find(({ task }) => task.task_id.value === ref['taskId'])!;
  const kill = async (machine: SeenMachine) => executionOf(machine).running!.signal('SIGKILL');
  return {
    kind: 'mesos', compute: 'dc1', own: connector(), connector, hostAddress: '127.0.0.1', mesos, masterPid: master.pid,
    pathIn: (path) => path.replace(/^\//, ''),
    kill, remove: kill,
    things: async () => mesos.agents.flatMap((agent) => agent.executions()).filter(({ phase }) => phase !== 'over').map(({ task }) => task.task_id.value),
    data: async () => [],
    async close() {
      master.close();
      await mesos.close();
    },
  };
}

const MESOS_HOSTS = 5;
/** How long nobody leads when a master was killed. */
const MASTER_AWAY_MS = 1_000;

/** A process that does nothing, and ends with this one: whoever kills it has killed the master. */
function standForMaster(mesos: Emulator): { pid(): number; close(): void } {
  let child: ChildProcess;
  let again: NodeJS.Timeout | undefined;
  const begin = () => {
    child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    child.once('exit', die);
  };
  const die = () => {
    mesos.killLeader();
    again = setTimeout(() => {
      mesos.restartMaster();
      mesos.rejoin();
      begin();
    }, MASTER_AWAY_MS);
  };
  begin();
  return {
    pid: () => child.pid!,
    close() {
      clearTimeout(again);
      child.removeListener('exit', die).kill('SIGKILL');
    },
  };
}

/** Second numbers of address ranges that nobody on this host has, a new one each time; held as long as the directory is there. */
function freeNets(dir: string): () => string {
  let count = 0;
  const taken = (net: string) => Object.values(networkInterfaces()).flat().some((one) => one?.address.startsWith(`10.${net}.`));
  return () => {
    for (;;) {
      const net = claimNet(join(dir, `net-${(count += 1)}`)).split('.')[1]!;
      if (!taken(net)) return net;
    }
  };
}

function kindOf(text: string): GroundKind {
  const kind = KINDS.find((one) => one === text);
  if (!kind) throw new Error(`GRID_TEST_COMPUTE=${text}: it is ${KINDS.join(', ')} or not set`);
  return kind;
}

const NEEDED: Record<GroundKind, Part[]> = { process: [], docker: DOCKER, ssh: ['sshd'], mesos: [] };
const MISSING = NEEDED[GROUND].filter((part) => !isThere(part));
if (MISSING.length > 0) throw new Error(`GRID_TEST_COMPUTE=${GROUND}: there is no ${MISSING.join(', no ')}`);

/** `describe` for what is a promise on some grounds only: on others it is skipped, and `npm test` prints why. */
export function describeOn(kinds: readonly GroundKind[], why: string, name: string, body: () => void): void {
  if (kinds.includes(GROUND)) return describe(name, body);
  describe.skip(`${name} [skipped: not of ${GROUND}: ${why}]`, body);
}
