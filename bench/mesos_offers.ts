import type { Demand } from '../model/compute';
import { decide } from '../model/mesos/decide';
import type { HeldOffer } from '../model/mesos/offered';
import type { Bench } from './figure';
import { median } from './support/statistics';

const HOSTS = 1_000;
const ORDERS = 20;
const NODES = 10;
const TIMES = 7;
const MAX_MS = 1_000;

/** Who gets what of the offers of a thousand hosts: for two hundred nodes that fit, and for as many that do not and keep what they could use. */
export const mesosOffers: Bench = {
  name: 'mesos-offers',
  run: async () => [measured('200 nodes that fit', 1), measured('200 nodes that wait', 9)],
};

function measured(what: string, cpu: number) {
  const offers = Array.from({ length: HOSTS }, (_, i): HeldOffer => ({
    id: `O${i}`, agent: `S${i}`, host: `host${i}`, address: `10.0.${i >> 8}.${i & 255}`, port: 5051, role: '*', since: 0, attributes: [],
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 8 }, role: '*' }, { name: 'mem', type: 'SCALAR', scalar: { value: 16_384 }, role: '*' },
      { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31_000, end: 32_000 }] }, role: '*' },
    ],
  }));
  const waiting = Array.from({ length: ORDERS }, (_, order) => ({
    owner: `cluster/u/p/1/${order}`, mine: [],
    demands: Array.from({ length: NODES }, (_n, node): Demand => ({ node: `n${node}`, cpu: node === 0 ? cpu : 1, memMiB: 512, disks: [], customDisks: false, networks: [], ports: [8_080] })),
  }));
  const times = Array.from({ length: TIMES }, () => {
    const startedAt = performance.now();
    decide(waiting, offers, new Map(), 0, { holdMs: 1 });
    return performance.now() - startedAt;
  });
  const ms = median(times);
  return { what, value: ms, unit: 'ms' as const, limit: MAX_MS, note: `${Math.round((HOSTS / ms) * 1_000)} offers a second against ${ORDERS * NODES} nodes in ${ORDERS} orders` };
}
