import { subscribe, type Subscription } from '../activities/machines/mesos/client/subscribe';
import { openLeader } from '../activities/machines/mesos/client/leader';
import type { Offer, TaskInfo } from '../model/mesos/protocol';
import { startEmulator, type Emulator } from '../tools/mesos_emulator/emulator';
import type { Bench } from './figure';
import { newHome, startGrid } from './support/grid';
import { destroy, order, putProduct, ready } from './support/launched';
import { request } from './support/request';
import { median } from './support/statistics';
import { until } from './support/until';

const NODES = 100;
const HOSTS = 20;
const TIMES = 5;

/** A cluster of a hundred nodes on Mesos until it is ready, against a framework that does nothing but launch as many tasks; each in turn. */
export const mesosLaunch: Bench = {
  name: 'mesos-launch',
  run: async (site) => {
    const mesos = await startEmulator({ hosts: Array.from({ length: HOSTS }, (_, i) => ({ hostname: `host${i}`, resources: 'cpus:4;mem:4096' })), allocationMs: 250 });
    let closing: Promise<void> | undefined;
    const close = () => (closing ??= mesos.close());
    site.later(close);
    const grid = await startGrid(site, await newHome(site));
    // The tasks go before the grid whose they are.
    site.later(close);
    const product = await putProduct(grid, 'bench');
    await request(grid.api, 'PUT', '/api/v1/computes/dc1', { connector: `mesos://127.0.0.1:${mesos.ports[0]}` });
    const ours: number[] = [];
    const floors: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      site.tell(`launch of ${NODES} tasks, ${i + 1} of ${TIMES}`);
      floors.push(await alone(mesos));
      const startedAt = performance.now();
      const { cluster } = await order(grid, product, NODES, 'dc1');
      await ready(grid, cluster);
      ours.push(performance.now() - startedAt);
      await destroy(grid, cluster);
    }
    await grid.stop();
    const [took, floor] = [median(ours), median(floors)];
    return [
      { what: `${NODES} nodes on Mesos: order to ready`, value: took, unit: 'ms', floor, note: `medians of ${TIMES}; floor: a bare framework from its wish for offers until as many tasks run` },
      { what: `${NODES} nodes on Mesos: ratio to the floor`, value: took / floor, unit: 'x' },
    ];
  },
};

/** How long it takes Mesos alone from the wish for offers until all tasks run; they end with their framework. */
async function alone(mesos: Emulator): Promise<number> {
  const over = new AbortController();
  const running = new Set<string>();
  let startedAt = 0;
  let open = NODES;
  const leader = openLeader({ compute: 'bench', shown: 'bench', at: [{ host: '127.0.0.1', port: mesos.ports[0]! }] });
  await subscribe(leader, { user: 'root', name: 'bench', roles: ['*'], checkpoint: true, failover_timeout: 0, capabilities: [{ type: 'MULTI_ROLE' }] }, {
    async onSubscribed(on) {
      await on.call({ type: 'SUPPRESS' });
      await until('nothing runs', async () => running.size === 0 && nothingRuns(mesos));
      startedAt = performance.now();
      await on.call({ type: 'REVIVE' });
    },
    async onEvent(event, on) {
      if (event.type === 'OFFERS') for (const offer of event.offers.offers) open -= await launch(on, offer, Math.min(open, NODES / HOSTS), open);
      if (event.type !== 'UPDATE') return;
      const { task_id, agent_id, uuid, state } = event.update.status;
      if (state === 'TASK_RUNNING') running.add(task_id.value);
      if (running.size === NODES) return over.abort();
      if (uuid && agent_id) await on.call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
    },
  }, over.signal);
  const took = performance.now() - startedAt;
  await until('the tasks of the bare framework are gone', async () => nothingRuns(mesos));
  return took;
}

const nothingRuns = ({ agents }: Emulator): boolean => agents.every((agent) => agent.executions().every(({ phase }) => phase === 'over'));

async function launch(on: Subscription, { id, agent_id, allocation_info }: Offer, count: number, from: number): Promise<number> {
  const role = allocation_info?.role ?? '*';
  const task_infos = Array.from({ length: count }, (_, i): TaskInfo => ({
    name: 'bench', task_id: { value: `bench-${from - i}` }, agent_id, command: { shell: false, value: '/bin/sleep', arguments: ['sleep', '1000000'] },
    resources: [['cpus', 0.1], ['mem', 16]].map(([name, value]) => ({ name: String(name), type: 'SCALAR', scalar: { value: Number(value) }, allocation_info: { role } })),
  }));
  await on.call({ type: 'ACCEPT', accept: { offer_ids: [id], operations: [{ type: 'LAUNCH', launch: { task_infos } }], filters: { refuse_seconds: 0 } } });
  return count;
}
