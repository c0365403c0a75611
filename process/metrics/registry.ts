import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MemberKind } from '../../model/members';
import { VERSION } from '../../version';

/** Metrics of one process, in Prometheus' text. */
export interface Metrics {
  registry: Registry;
  /** Everything there is, as it is now. */
  text(): Promise<string>;
  contentType: string;
}

/** What this process counts; what Node tells of every process comes along from the first time on that somebody asks. */
export function openMetrics(kind: MemberKind): Metrics {
  const registry = new Registry();
  new Gauge({ name: 'grid_build_info', help: 'Always 1: the version of this process', labelNames: ['process', 'version'], registers: [registry] }).set({ process: kind, version: VERSION }, 1);
  let asked = false;
  return {
    registry, contentType: registry.contentType,
    text() {
      // A process that nobody watches does not measure itself a hundred times a second.
      if (!asked) collectDefaultMetrics({ register: registry });
      asked = true;
      return registry.metrics();
    },
  };
}
