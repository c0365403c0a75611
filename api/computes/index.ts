import type { Endpoint } from '../http/endpoint';
import { deleteCompute } from './delete_compute';
import { drainCompute } from './drain_compute';
import { getCompute } from './get_compute';
import { listComputes } from './list_computes';
import { putCompute } from './put_compute';

/** Where capacity comes from. */
export const computes: Endpoint[] = [listComputes, getCompute, putCompute, deleteCompute, ...drainCompute];
