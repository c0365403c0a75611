import type { Child } from 'hono/jsx';
import { CAPACITY_ID, kindOf } from '../../../model/ids';
import type { CapacityState } from '../../../model/services/capacity_state';
import type { Grid } from '../../http/grid';
import { launchPath } from '../page';
import type { Shown } from '../shown';
import { AgentParts } from './agent';
import { ClusterParts } from './cluster';
import { ComputeParts } from './compute';
import { documentIfThere } from './document_if_there';
import { instanceParts } from './instance';
import { RunParts } from './run';
import { serviceParts } from './service';

/** How often what is measured is looked at again. */
const MEASURED_MS = 5_000;

interface Parts {
  body: Child;
  everyMs?: number;
}

/** What a lifecycle has beside what all have; nothing where only its summary is known. What else is asked for that is asked for meanwhile. */
export async function partsOf(grid: Grid, id: string, shown: Promise<Shown>): Promise<Parts> {
  const [life, rules] = await Promise.all([shown, kindOf(id) === 'service' ? documentIfThere<CapacityState>(grid, CAPACITY_ID) : undefined]);
  if (life.stale) return { body: null };
  switch (life.kind) {
    case 'cluster':
      return { body: <ClusterParts life={life} /> };
    case 'service':
      return { body: await serviceParts(grid, life, rules), everyMs: MEASURED_MS };
    case 'instance':
      return { body: await instanceParts(grid, life), everyMs: MEASURED_MS };
    case 'agent':
      return { body: <AgentParts life={life} caller={grid.caller} /> };
    case 'compute':
      return { body: <ComputeParts life={life} caller={grid.caller} /> };
    case 'run':
      return { body: <RunParts life={life} caller={grid.caller} /> };
    case 'product': {
      const [, name = '', version = ''] = life.id.split('/');
      return { body: <p><a class="button" href={launchPath(name, version)}>launch</a></p> };
    }
    default:
      return { body: null };
  }
}
