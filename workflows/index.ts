export { cluster } from './cluster/cluster';
export { compute } from './compute/compute';
export { launchCluster } from './launch_cluster';
export { machineCall } from './machine_call';
export { product } from './product/product';
