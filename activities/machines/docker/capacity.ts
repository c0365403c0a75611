import type { Capacity } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import type { Engine } from './engine';
import { infoOf } from './facts';
import { NETWORKS, poolOf, refuseOverlap } from './networks';

/** Disks are volumes; their origins are names below this, which no host has. */
export const DISK_ROOT = '/data';

const DISKS = Array.from({ length: 12 }, (_, i) => `disk${i + 1}`);

/** The engine leaves the rest of the memory to itself and to its host. */
const SHARE_OF_MEMORY = 0.9;
const ANSWER_LIMIT_MS = 10_000;

/** See `Driver.capacity`: the pools are those of `host` (DESIGN §11). @throws ProblemError 409 `net_taken` */
export async function capacityOf(engine: Engine): Promise<Capacity> {
  const { compute, cpu, memMiB, tags } = engine.host;
  const info = await infoOf(engine, { limitMs: ANSWER_LIMIT_MS });
  if (info.OSType !== 'linux') {
    throwProblem(422, 'unsupported_host', `compute ${compute}: its engine runs containers for ${info.OSType}`, 'Use one for Linux.', { field: 'connector' });
  }
  await refuseOverlap(engine, { limitMs: ANSWER_LIMIT_MS });
  return {
    hosts: [{ name: compute, cpu: cpu ?? info.NCPU, memMiB: memMiB ?? Math.floor((info.MemTotal * SHARE_OF_MEMORY) / 2 ** 20), disks: DISKS, ...(tags ? { tags } : {}) }],
    networks: NETWORKS.map((name) => poolOf(engine.host, name)),
    cpuOvercommit: 8,
    diskRoot: DISK_ROOT,
  };
}
