import { Gauge, type Registry } from 'prom-client';
import type { MemberView } from '../../model/members';
import type { Readiness } from '../temporal/ready';
import type { Counted } from './census';
import type { QueueFacts } from './queue_facts';

/** The grid as it is, which every process of the API tells alike; what is not known now is left out. */
export interface GridFacts {
  readiness: Readiness;
  streams: number;
  known?: { lifecycles: Iterable<Counted>; members: readonly MemberView[]; queue: readonly QueueFacts[] };
}

/** Reasons come from problems, whose codes are few; so that it stays so whatever happens, the rest is one. */
const MOST_REASONS = 100;
const MIB = 2 ** 20;

/** Of a compute: metric, what it is, what its summary calls it, and how many of its units are one of ours. */
const COMPUTE: [name: string, help: string, of: string, unit: number][] = [
  ['grid_compute_cpu_cores', 'Cores of a compute', 'cpuTotal', 1],
  ['grid_compute_cpu_reserved_cores', 'Cores of a compute that are reserved', 'cpuUsed', 1],
  ['grid_compute_memory_bytes', 'Memory of a compute', 'memMiBTotal', MIB],
  ['grid_compute_memory_reserved_bytes', 'Memory of a compute that is reserved', 'memMiBUsed', MIB],
  ['grid_compute_disks', 'Disks of a compute', 'disksTotal', 1],
  ['grid_compute_disks_reserved', 'Disks of a compute that are reserved', 'disksUsed', 1],
  ['grid_compute_machines', 'Machines that have something reserved on a compute', 'machines', 1],
  ['grid_compute_waiting', 'Orders and services that wait for room on a compute', 'waiting', 1],
];

/** Shows facts, all of them at once: two that ask at the same time never see half of each. */
export function openGridGauges(registry: Registry): (facts: GridFacts) => void {
  const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge({ name, help, labelNames, registers: [registry] });
  const temporal = gauge('grid_temporal_up', '1 while Temporal answers');
  const worker = gauge('grid_control_worker_up', '1 while a control worker does its work');
  const streams = gauge('grid_event_streams', 'Streams of events that are open at this process');
  const lifecycles = gauge('grid_lifecycles', 'Lifecycles that live', 'kind', 'state');
  const conditions = gauge('grid_lifecycle_conditions', 'Lifecycles that live and have a condition', 'kind', 'condition');
  const blocked = gauge('grid_blocked_steps', 'Steps that wait for a person', 'kind', 'reason');
  const members = gauge('grid_members', 'Processes of the grid, without agents', 'kind', 'status', 'version');
  const backlog = gauge('grid_queue_backlog_tasks', 'Tasks that wait for a control worker, about', 'type');
  const age = gauge('grid_queue_backlog_age_seconds', 'How long the first of them has waited', 'type');
  const computes = COMPUTE.map(([name, help, of, unit]) => ({ of, unit, gauge: gauge(name, help, 'compute') }));
  const known = [lifecycles, conditions, blocked, members, backlog, age, ...computes.map((one) => one.gauge)];

  return (facts) => {
    temporal.set(Number(facts.readiness.temporal));
    worker.set(Number(facts.readiness.controlWorker));
    streams.set(facts.streams);
    known.forEach((one) => one.reset());
    const reasons = new Set<string>();
    for (const { kind, state, conditions: has, detail } of facts.known?.lifecycles ?? []) {
      lifecycles.inc({ kind, state });
      for (const { type, reason } of has) {
        conditions.inc({ kind, condition: type });
        if (type === 'Blocked') blocked.inc({ kind, reason: reasons.has(reason) || reasons.size < MOST_REASONS ? (reasons.add(reason), reason) : 'other' });
      }
      for (const one of detail ? computes : []) one.gauge.set({ compute: String(detail!['name']) }, Number(detail![one.of] ?? 0) * one.unit);
    }
    for (const { kind, status, version } of facts.known?.members ?? []) members.inc({ kind, status, version: version ?? 'unknown' });
    for (const { type, backlog: tasks, ageSeconds } of facts.known?.queue ?? []) {
      backlog.set({ type }, tasks);
      age.set({ type }, ageSeconds);
    }
  };
}
