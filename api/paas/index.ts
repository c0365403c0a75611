import type { Endpoint } from '../http/endpoint';
import { destroyCluster } from './destroy_cluster';
import { getCluster } from './get_cluster';
import { getProduct } from './get_product';
import { launch } from './launch';
import { listClusters } from './list_clusters';
import { listProducts } from './list_products';
import { listVersions } from './list_versions';
import { logo } from './logo';
import { nodes } from './nodes';
import { options } from './options';
import { orchestrator } from './orchestrator';
import { postProduct } from './post_product';
import { queue } from './queue';
import { scaleCluster } from './scale_cluster';
import { services } from './services';
import { template } from './template';

/** The Big Data PaaS of seed 002, as `spec` §3.1 says. */
export const paas: Endpoint[] = [
  listProducts, postProduct, listVersions, getProduct, launch,
  ...template, ...options, ...orchestrator, ...logo,
  queue,
  ...listClusters, getCluster, destroyCluster, scaleCluster, nodes, services,
];
