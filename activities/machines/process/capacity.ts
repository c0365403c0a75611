import type { Capacity } from '../../../model/machine';
import type { ProcessHome } from './home';

const DISKS = Array.from({ length: 12 }, (_, i) => `disk${i + 1}`);

/** This host and its pools (DESIGN §11): disks are directories, networks are halves of one loopback range. */
export const capacityOf = (home: ProcessHome): Capacity => ({
  hosts: [{ name: home.host, cpu: home.cpu, memMiB: home.memMiB, disks: DISKS, ...(home.tags ? { tags: home.tags } : {}) }],
  networks: [
    { name: 'admin', first: `${home.net}.0.1`, last: `${home.net}.127.254` },
    { name: 'storage', first: `${home.net}.128.1`, last: `${home.net}.255.254` },
  ],
  cpuOvercommit: 8,
  diskRoot: home.disks,
});
