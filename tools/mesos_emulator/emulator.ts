import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attribute } from '../../model/mesos/protocol';
import { newAgent, type Agent } from './agent/agent';
import { answerAgent } from './agent/http';
import { realLauncher, type Launcher } from './agent/launcher';
import { keepAllocating, rescind } from './allocate';
import { realClock, type Clock } from './clock';
import { remove } from './frameworks';
import { answer, type Place } from './http';
import { parseResources } from './resources';
import { isConnected, newMaster, type Master, type MasterOptions } from './state';

/** A Mesos cluster in one process: masters, agents, and tasks that are real processes; and all that may go wrong with it. */

export interface HostOptions {
  hostname?: string;
  /** Where its tasks are reached. */
  ip?: string;
  /** `cpus:2;mem:1024;disk:4096;ports:[31000-31099]` */
  resources?: string;
  attributes?: Attribute[];
  images?: readonly string[];
  /** Its id, as another master gave it. */
  id?: string;
  /** It comes when it is told to. */
  absent?: boolean;
}

export interface EmulatorOptions {
  hosts: HostOptions[];
  masters?: number;
  /** Of the first master; others and agents take free ones. */
  port?: number;
  clock?: Clock;
  launcher?: Launcher;
  workDir?: string;
  heartbeatMs?: number;
  allocationMs?: number;
  /** When it is done first. */
  allocatesAfterMs?: number;
  offerTimeoutMs?: number;
  agentPingMs?: number;
  agentPings?: number;
  /** How long it takes until another master leads, and until that one has recovered. */
  electionMs?: number;
  recoveryMs?: number;
  secrets?: Record<string, string>;
  masterId?: string;
  /** What is said of where masters and agents are, where that is not so. */
  said?: { port?: number; agentPort?: number };
  firstOffer?: number;
  firstFramework?: number;
}

export interface Emulator {
  /** Ports of its masters, in order. */
  ports: number[];
  agentPorts: number[];
  agents: Agent[];
  /** The master that leads; undefined while none does. */
  leader(): Master | undefined;
  /** `kill -9` of the master that leads: streams break off, nobody is there; another one leads after a while. */
  killLeader(): void;
  /** A killed master is there again, with what it had written down: its agents. */
  restartMaster(): void;
  /** Agents come back to whoever leads. */
  rejoin(): void;
  /** Takes back every offer that is held. */
  expireOffers(): void;
  /** Breaks off every framework's stream; its master stays. */
  dropStreams(): void;
  /** Says nothing more on any stream, which stay open. */
  fallSilent(): void;
  /** Forgets all frameworks, as when nobody was subscribed for too long; their tasks end. */
  forgetFrameworks(): void;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** How soon agents find another master, where there are several. */
const REJOIN_MS = 250;

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { clock = realClock, launcher = realLauncher, electionMs = 10_000, recoveryMs = 100 } = options;
  const ownDir = options.workDir === undefined;
  const workDir = options.workDir ?? mkdtempSync(join(tmpdir(), 'mesos-'));
  let leading: { master: Master; at: number } | undefined;
  let closed = false;
  const places: Place[] = [];
  const dead = new Set<number>();
  const servers: Server[] = [];
  const sockets = new Map<Server, Set<Socket>>();

  const listen = async (listener: RequestListener, host: string, port = 0): Promise<number> => {
    const server = createServer({ requireHostHeader: false, keepAliveTimeout: 0 }, listener);
    const open = new Set<Socket>();
    server.on('connection', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    server.on('clientError', (_, socket) => socket.destroy());
    // Nobody is ever told to go on: the answer is all that comes.
    server.on('checkContinue', listener);
    servers.push(server);
    sockets.set(server, open);
    server.listen(port, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  const ports: number[] = [];
  for (let i = 0; i < (options.masters ?? 1); i++) {
    const place: Place = {
      master: undefined,
      elsewhere: () => (leading && leading.at !== i ? `${HOST}:${ports[leading.at]}` : undefined),
      crash: () => killAt(i),
    };
    places.push(place);
    ports.push(await listen((request, response) => {
      if (dead.has(i)) return void request.socket.destroy();
      void answer(place, request, response).catch((error: unknown) => {
        console.error(error);
        request.socket.destroy();
      });
    }, HOST, i === 0 ? options.port : 0));
  }

  const masterOptions = (at: number, id: string): MasterOptions => ({
    clock, id, hostname: HOST, ip: HOST, port: options.said?.port ?? ports[at]!,
    heartbeatMs: options.heartbeatMs ?? 15_000, allocationMs: options.allocationMs ?? 1_000, agentPingMs: options.agentPingMs ?? 15_000, agentPings: options.agentPings ?? 5,
    firstOffer: options.firstOffer ?? 0, firstFramework: options.firstFramework ?? 0,
    ...(options.offerTimeoutMs === undefined ? {} : { offerTimeoutMs: options.offerTimeoutMs }), ...(options.secrets ? { secrets: options.secrets } : {}),
  });

  function lead(at: number, id: string, before?: Master): Master {
    const master = newMaster({ ...masterOptions(at, id), ...(before ? { firstOffer: 0, firstFramework: 0 } : {}) });
    // Agents are written down, frameworks and tasks are not.
    for (const agent of before?.agents.values() ?? []) if (agent.state !== 'removed') master.agents.set(agent.id, { ...agent, state: 'recovered', executors: new Map(), stopPings: () => {} });
    leading = { master, at };
    places[at]!.master = master;
    keepAllocating(master, options.allocatesAfterMs);
    return master;
  }

  function killAt(at: number): void {
    const { master } = places[at]!;
    dead.add(at);
    for (const socket of sockets.get(servers[at]!)!) socket.destroy();
    if (!master) return;
    master.down = 'dead';
    master.stopAllocating();
    for (const framework of master.frameworks.values()) { framework.stopBeating(); delete framework.stream; }
    places[at]!.master = undefined;
    before = master;
    const next = places.findIndex((_, i) => !dead.has(i));
    if (next >= 0) clock.after(electionMs, () => elect(next, master));
  }
  let before: Master | undefined;

  function elect(at: number, old: Master): void {
    if (closed) return;
    const master = lead(at, randomUUID(), old);
    master.down = 'recovering';
    clock.after(recoveryMs, () => {
      master.down = undefined;
      if (places.length > 1) clock.after(REJOIN_MS, () => agents.forEach((agent) => { if (agent.isUp()) agent.join(); }));
    });
  }

  const agents: Agent[] = [];
  const agentPorts: number[] = [];
  for (const [i, host] of options.hosts.entries()) {
    const ip = host.ip ?? HOST;
    const port = await listen((request, response) => void answerAgent(agents[i]!, request, response), ip);
    agentPorts.push(port);
    agents.push(newAgent({
      clock, launcher, workDir: join(workDir, `agent${i + 1}`), leader: () => (leading && !leading.master.down ? leading.master : undefined), ...(host.images ? { images: host.images } : {}), ...(host.id ? { id: host.id } : {}),
      facts: { hostname: host.hostname ?? ip, ip, port: options.said?.agentPort ?? port, resources: parseResources(host.resources ?? 'cpus:2;mem:1024;disk:4096;ports:[31000-31099]'), attributes: host.attributes ?? [] },
    }));
  }
  lead(0, options.masterId ?? randomUUID());
  agents.forEach((agent, i) => { if (!options.hosts[i]!.absent) agent.join(); });
  // While a master recovers it takes no agent.
  const rejoin = (): void => {
    if (leading?.master.down === 'recovering') return void clock.after(recoveryMs, () => { if (!closed) rejoin(); });
    agents.forEach((agent) => agent.isUp() && agent.join());
  };
  const streams = () => [...(leading?.master.frameworks.values() ?? [])].filter(isConnected);

  return {
    ports, agentPorts, agents,
    leader: () => (leading?.master.down ? undefined : leading?.master),
    killLeader: () => killAt(leading!.at),
    restartMaster() {
      const at = [...dead][0]!;
      dead.delete(at);
      elect(at, before!);
    },
    rejoin,
    expireOffers: () => [...leading!.master.offers.values()].forEach((offer) => rescind(leading!.master, offer)),
    dropStreams: () => streams().forEach(({ stream }) => stream!.end(false)),
    fallSilent: () => streams().forEach((framework) => {
      framework.stopBeating();
      framework.stream!.tell = () => {};
    }),
    forgetFrameworks: () => [...leading!.master.frameworks.values()].forEach((framework) => remove(leading!.master, framework)),
    async close() {
      closed = true;
      const { master } = leading!;
      master.stopAllocating();
      for (const framework of master.frameworks.values()) { framework.stopBeating(); framework.stopFailover(); }
      for (const offer of master.offers.values()) offer.stopTimeout();
      for (const agent of master.agents.values()) agent.stopPings();
      agents.forEach((agent) => agent.close());
      await Promise.all(servers.map((server) => new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      })));
      if (ownDir) rmSync(workDir, { recursive: true, force: true });
    },
  };
}
