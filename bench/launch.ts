import { computeId } from '../model/ids';
import type { ComputeDocument } from '../model/messages';
import type { MachineSpec } from '../model/machine';
import { closedAt, startBareWorkflow } from './bare/closed';
import { startBare } from './bare/start_bare';
import type { Bench, Figure } from './figure';
import { newHome, startGrid, type RunningGrid } from './support/grid';
import { destroy, order, putProduct, ready } from './support/launched';
import { median } from './support/statistics';

const COMPUTE = 'host';
const MAX_RATIO = 1.5;
const MAX_EVENTS_PER_NODE = 4;
const SIZES = [{ nodes: 1, times: 9 }, { nodes: 20, times: 7 }, { nodes: 100, times: 5 }];

/** A launch through the API until `ready`, against its activities alone; each in turn, so that both meet the same machine. */
export const launch: Bench = {
  name: 'launch',
  run: async (site) => {
    const grid = await startGrid(site, await newHome(site));
    await startBare(site, grid);
    const product = await putProduct(grid, 'bench');
    const { connector } = await grid.client.workflow.getHandle(computeId(COMPUTE)).query<ComputeDocument>('document');
    await launched(grid, product, 1);
    await bare(grid, connector, 1);
    const figures: Figure[] = [];
    for (const { nodes, times } of SIZES) {
      const ours: Launched[] = [];
      const floors: number[] = [];
      for (let i = 0; i < times; i++) {
        site.tell(`launch of ${nodes} nodes, ${i + 1} of ${times}`);
        floors.push(await bare(grid, connector, nodes));
        ours.push(await launched(grid, product, nodes));
      }
      figures.push(...compare(nodes, ours, floors));
    }
    await grid.stop();
    return figures;
  },
};

function compare(nodes: number, ours: Launched[], floors: number[]): Figure[] {
  const tookMs = median(ours.map((o) => o.ms));
  const floorMs = median(floors);
  const perNode = (pick: (o: Launched) => number) => median(ours.map(pick)) / nodes;
  const count = nodes === 1 ? '1 node' : `${nodes} nodes`;
  const limited = nodes > 1;
  return [
    { what: `${count}: order to ready`, value: tookMs, unit: 'ms', floor: floorMs, note: `medians of ${ours.length}; the floor is a bare workflow` },
    { what: `${count}: ratio to the floor`, value: tookMs / floorMs, unit: 'x', ...(limited ? { limit: MAX_RATIO } : {}) },
    ...(nodes === 100
      ? [
          { what: '100 nodes: history events per node', value: perNode((o) => o.clusterEvents), unit: 'events' as const, limit: MAX_EVENTS_PER_NODE, note: 'history of the cluster' },
          { what: '100 nodes: with its order', value: perNode((o) => o.clusterEvents + o.orderEvents), unit: 'events' as const, limit: MAX_EVENTS_PER_NODE, note: 'cluster and launch workflow' },
        ]
      : []),
  ];
}

interface Launched {
  ms: number;
  clusterEvents: number;
  orderEvents: number;
}

async function launched(grid: RunningGrid, product: string, nodes: number): Promise<Launched> {
  const orderedAt = Date.now();
  const { cluster, job } = await order(grid, product, nodes);
  const { events: clusterEvents } = await ready(grid, cluster);
  const { events } = await grid.client.workflow.getHandle(cluster).fetchHistory();
  const published = events!.findLast((event) => event.workflowTaskCompletedEventAttributes)!.eventTime!;
  const ms = Number(published.seconds) * 1000 + (published.nanos ?? 0) / 1e6 - orderedAt;
  const orderEvents = (await grid.client.workflow.getHandle(job).describe()).historyLength;
  await destroy(grid, cluster);
  return { ms, clusterEvents, orderEvents };
}

let owners = 0;

async function bare({ client }: RunningGrid, connector: string, nodes: number): Promise<number> {
  const owner = `bare/${++owners}`;
  const specs = Array.from({ length: nodes }, (_, i) => specOf(owner, i));
  const startedAt = Date.now();
  const running = await startBareWorkflow(client, 'bareLaunch', { compute: COMPUTE, connector, specs, withinMs: 120_000 });
  const ms = (await closedAt(running)) - startedAt;
  await closedAt(await startBareWorkflow(client, 'bareStop', { compute: COMPUTE, connector, owner }));
  return ms;
}

/** The machine that the grid would start for a node of the bench's product. */
const specOf = (owner: string, i: number): MachineSpec => ({
  id: `${owner.replace('/', '--')}--n${i}-g1`, owner, node: `n${i}`, generation: 1, command: ['sleep', '1000000'],
  env: { CLUSTERDN: owner, NODEDN: `${owner}/nodes/n${i}` }, cpu: 0.1, memMiB: 16, disks: [],
  networks: [{ device: 'eth0', network: 'admin', address: `127.255.${Math.floor(i / 200)}.${(i % 200) + 1}` }],
});
