import type { Registry } from 'prom-client';
import { openMetrics, type Metrics } from '../../process/metrics/registry';
import type { Reach } from '../../process/within';
import type { Endpoint } from '../http/endpoint';
import { openCensus } from './census';
import { getMetrics } from './get_metrics';
import { openGridGauges, type GridFacts } from './grid_gauges';
import { openRequestMeter, type RequestMeter } from './request_meter';

/** What one process of the API counts, and what it needs to tell how the grid is. */
export interface Metering {
  metrics: Metrics;
  note: RequestMeter;
  show: (facts: GridFacts) => void;
  census: ReturnType<typeof openCensus>;
}

export function openMetering(reach: Reach): Metering {
  const metrics = openMetrics('api');
  return { metrics, ...metersOf(metrics.registry), census: openCensus(reach) };
}

/** Every meter of the API. */
export const metersOf = (registry: Registry): Pick<Metering, 'note' | 'show'> => ({ note: openRequestMeter(registry), show: openGridGauges(registry) });

/** For whoever watches the grid. */
export const metrics: Endpoint[] = [getMetrics];
