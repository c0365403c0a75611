import { computeId } from '../model/ids';
import type { ComputeDocument, LaunchOrder } from '../model/messages';
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
    await bare(grid, connector, 1, product);
    const figures: Figure[] = [];
    for (const { nodes, times } of SIZES) {
      const ours: Launched[] = [];
      const floors: number[] = [];
      const machines: number[] = [];
      for (let i = 0; i < times; i++) {
        site.tell(`launch of ${nodes} nodes, ${i + 1} of ${times}`);
        floors.push(await bare(grid, connector, nodes, product));
        machines.push(await bare(grid, connector, nodes));
        ours.push(await launched(grid, product, nodes));
      }
      figures.push(...compare(nodes, ours, median(floors), median(machines)));
    }
    await grid.stop();
    return figures;
  },
};

function compare(nodes: number, ours: Launched[], floor: number, machines: number): Figure[] {
  const took = median(ours.map((o) => o.ms));
  const perNode = (pick: (o: Launched) => number) => median(ours.map(pick)) / nodes;
  const count = nodes === 1 ? '1 node' : `${nodes} nodes`;
  return [
    { what: `${count}: order to ready`, value: took, unit: 'ms', floor, note: `medians of ${ours.length}; floor: a bare workflow with the same activities` },
    { what: `${count}: ratio to the floor`, value: took / floor, unit: 'x', ...(nodes > 1 ? { limit: MAX_RATIO } : {}) },
    { what: `${count}: to the machines' own part`, value: took / machines, unit: 'x', note: `start and readiness alone: ${machines.toFixed(0)} ms` },
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

/** The same without the grid: all of a launch's activities where the product is named, else those about machines. */
async function bare({ client }: RunningGrid, connector: string, nodes: number, product?: string): Promise<number> {
  const owner = `bare/${++owners}`;
  const machines = { compute: COMPUTE, connector, specs: Array.from({ length: nodes }, (_, i) => specOf(owner, i)), withinMs: 120_000 };
  const startedAt = Date.now();
  const running = product ? await startBareWorkflow(client, 'bareLaunch', { ...machines, order: orderOf(product, nodes) }) : await startBareWorkflow(client, 'bareMachines', machines);
  const ms = (await closedAt(running)) - startedAt;
  await closedAt(await startBareWorkflow(client, 'bareStop', { compute: COMPUTE, connector, owner }));
  return ms;
}

function orderOf(path: string, size: number): LaunchOrder {
  const [product = '', version = ''] = path.split('/');
  return { job: `bare-${owners}`, user: 'bare', product, version, options: { size }, fingerprint: '' };
}

/** The machine that the grid would start for a node of the bench's product. */
const specOf = (owner: string, i: number): MachineSpec => ({
  id: `${owner.replace('/', '--')}--n${i}-g1`, owner, node: `n${i}`, generation: 1, command: ['sleep', '1000000'],
  env: { CLUSTERDN: owner, NODEDN: `${owner}/nodes/n${i}` }, cpu: 0.1, memMiB: 16, disks: [],
  networks: [{ device: 'eth0', network: 'admin', address: `127.255.${Math.floor(i / 200)}.${(i % 200) + 1}` }],
});
