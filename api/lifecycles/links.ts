import { isServicePath } from '../../model/environment/identity';
import { kindOf } from '../../model/ids';
import { absolute, type Ctx, type Grid } from '../http/grid';
import { clusterUrlPath, queueUrlPath } from '../paas/paths';

/** Where a lifecycle is found: here, on its façade, and in the Temporal UI. */
export function linksOf(c: Ctx, { config, namespace }: Grid, id: string): Record<string, string> & { self: string } {
  const { uiUrl } = config.temporal;
  const facade = facadeOf(id);
  return {
    self: absolute(c, `/api/v1/lifecycles/${id}`),
    ...(facade ? { facade: absolute(c, facade) } : {}),
    ...(uiUrl ? { temporal: `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}` } : {}),
  };
}

function facadeOf(id: string): string | undefined {
  const rest = id.slice(id.indexOf('/') + 1);
  switch (kindOf(id)) {
    case 'cluster':
      return clusterUrlPath(id);
    case 'product':
      return `/bigdata/api/v1/products/${rest}`;
    case 'launch':
      return queueUrlPath(rest);
    case 'service':
      return `/services/${rest}/`;
    case 'instance':
      // One of the environment is in no façade of the seeds.
      return isServicePath(rest) ? undefined : `/services/${rest.replace('/', '/instances/')}/`;
    case 'agent':
      return `/agents/${rest}/`;
    case 'planner':
    case 'capacity':
      return `/services/${rest}/`;
    case 'compute':
      return `/api/v1/computes/${rest}`;
    case 'webhook':
      return `/api/v1/webhooks/${rest}`;
    default:
      return undefined;
  }
}
