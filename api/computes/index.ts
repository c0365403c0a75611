import type { Endpoint } from '../http/endpoint';
import { getCompute } from './get_compute';
import { listComputes } from './list_computes';

/** Where capacity comes from. */
export const computes: Endpoint[] = [listComputes, getCompute];
