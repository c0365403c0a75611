import { newCompute, type ComputeState } from '../../../model/compute_state';
import type { Demand } from '../../../model/compute';
import type { MachineSpec } from '../../../model/machine';
import { changed, mesosIdOf, newFramework, noteFound, noteLaunching, noteTaskNews, unwish, wish, wishesOf, type FrameworkState } from '../../../model/mesos/framework_state';
import { ordersOf } from '../../../model/mesos/offered_ledger';
import type { MasterReach } from '../../../model/mesos/messages';
import type { Reserved } from '../../../model/messages';
import { settle } from '../../../model/settle_compute';
import { readMesosConnector } from '../../../activities/machines/mesos/connector';
import { hold } from '../../../activities/machines/mesos/session/hold';
import type { Link } from '../../../activities/machines/mesos/session/link';
import type { Emulator } from '../../../tools/mesos_emulator/emulator';

/** A compute on Mesos as its workflows have it, without Temporal: their state, and a worker that is subscribed for it. */
export interface HeldCompute {
  compute: ComputeState;
  framework: FrameworkState;
  reach: MasterReach[];
  /** What each owner was told last. */
  told: Map<string, Reserved['result']>;
  reserve(owner: string, nodes: number, demand?: Partial<Demand>): void;
  release(owner: string): void;
  /** Starts the machines of an owner that has its places. */
  start(owner: string, spec?: Partial<MachineSpec>): void;
  stop(owner: string): void;
  until<T>(find: (one: HeldCompute) => T | undefined | false): Promise<T>;
  /** Another worker takes over; the one before is not asked whether it agrees. */
  takeOver(): Promise<void>;
  /**
   * The worker of now can write nothing down any more, as one that is about to die: what becomes of tasks never, what it is
   * about to launch only when the next worker has read what is wanted. Answers whether it is about to.
   */
  stall(): () => boolean;
  close(): Promise<void>;
}

export function holdCompute({ ports }: Emulator, { grid = 'g', name = 'dc1', query = '' }: { grid?: string; name?: string; query?: string } = {}): HeldCompute {
  const connector = `mesos://127.0.0.1:${ports.join(',127.0.0.1:')}${query}`;
  const at = new Date().toISOString();
  const compute = newCompute({ name, connector, capacity: { hosts: [], networks: [], cpuOvercommit: 1, diskRoot: '' } }, at);
  const framework = newFramework({ compute: name, connector, grid, partition: readMesosConnector(name, connector).partition }, at);
  const reach: MasterReach[] = [];
  const told: HeldCompute['told'] = new Map();
  const waiting: (() => void)[] = [];
  const stirred = () => waiting.splice(0).forEach((go) => go());
  const serve = () => {
    for (const { owner, message } of settle(compute)) told.set(owner, message.result);
    framework.orders = structuredClone(ordersOf(compute));
    changed(framework);
    stirred();
  };
  const link: Link = {
    launching: async (tasks) => { noteLaunching(framework, tasks); stirred(); },
    news: async (news) => { noteTaskNews(framework, news, new Date().toISOString()); stirred(); },
    found: async (found) => { noteFound(framework, found); stirred(); },
    offered: async (offered) => { compute.inbox.push({ kind: 'offered', ...offered }); serve(); },
    reach: async (one) => { reach.push(one); stirred(); },
    wishes: async () => structuredClone(wishesOf(framework)),
    changed: async (known) => { while (framework.wishes === known) await new Promise<void>((go) => waiting.push(go)); },
  };
  let over: AbortController | undefined;
  let worker: { isStalled?: true; go?: () => void } = {};
  let running: Promise<unknown> = Promise.resolve();
  const begin = () => {
    over = new AbortController();
    const before = worker;
    const mine: typeof worker = {};
    worker = mine;
    let reads = 0;
    const own: Partial<Link> = {
      news: (all) => (mine.isStalled ? new Promise(() => {}) : link.news(all)),
      async launching(tasks) {
        if (mine.isStalled) await new Promise<void>((go) => { mine.go = go; });
        await link.launching(tasks);
      },
      async wishes() {
        const wishes = await link.wishes();
        // First of all, and when it is subscribed.
        if ((reads += 1) === 2) before.go?.();
        return wishes;
      },
    };
    running = hold({ cluster: readMesosConnector(name, connector), link: { ...link, ...own }, grid, compute: name, id: mesosIdOf(framework) }, over.signal).catch((error: unknown) => { if (!over!.signal.aborted) throw error; });
  };
  const allocations = (owner: string) => compute.reservations[owner]?.allocations ?? [];
  const idOf = (owner: string, node: string) => `${owner}--${node}`.replaceAll('/', '-');
  const one: HeldCompute = {
    compute, framework, reach, told,
    reserve(owner, nodes, demand = {}) {
      const demands = Array.from({ length: nodes }, (_, i): Demand => ({ node: `n${i}`, cpu: 1, memMiB: 64, disks: [], customDisks: false, networks: [], ...demand }));
      compute.inbox.push({ kind: 'reserve', owner, request: `${owner} ${compute.revision++}`, demands });
      serve();
    },
    release(owner) {
      compute.inbox.push({ kind: 'release', owner });
      serve();
    },
    start(owner, spec = {}) {
      for (const { node, host, cpu, memMiB, networks } of allocations(owner)) wish(framework, { id: idOf(owner, node), owner, node, generation: 1, host, env: {}, cpu, memMiB, disks: [], networks, command: ['sleep', '1000'], ...spec });
      stirred();
    },
    stop(owner) {
      for (const task of Object.values(framework.tasks)) if (task.spec.owner === owner) unwish(framework, task.spec.id, 100);
      stirred();
    },
    async until(find) {
      for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((go) => setTimeout(go, 10))) {
        const found = find(one);
        if (found !== undefined && found !== false) return found;
      }
      throw new Error(`it did not get there: ${JSON.stringify({ told: [...told], tasks: framework.tasks, reach }, null, 1)}`);
    },
    stall() {
      const stalled = worker;
      stalled.isStalled = true;
      return () => stalled.go !== undefined;
    },
    async takeOver() {
      begin();
      await one.until(() => reach.length > 0);
    },
    async close() {
      over?.abort();
      stirred();
      await running;
    },
  };
  begin();
  return one;
}

/** All machines of these owners run. */
export const allRun = ({ framework, compute }: HeldCompute, ...owners: string[]): boolean => owners.every((owner) => {
  const tasks = Object.values(framework.tasks).filter(({ spec }) => spec.owner === owner);
  return tasks.length > 0 && tasks.length === compute.reservations[owner]?.allocations.length && tasks.every(({ phase }) => phase === 'running');
});
