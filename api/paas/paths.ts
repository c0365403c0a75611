import { z } from '@hono/zod-openapi';
import { NAME } from '../../model/ids';

export const BASE = '/bigdata/api/v1';

const name = z.string().regex(NAME);
const number = z.string().regex(/^[1-9]\d{0,8}$/).transform(Number);

export const productParams = z.object({ product: name, version: name });
export const clusterParams = z.object({ user: name, product: name, version: name, number });

export const PRODUCT_PATH = `${BASE}/products/{product}/{version}`;
export const CLUSTER_PATH = `${BASE}/clusters/{user}/{product}/{version}/{number}`;

export const productUrlPath = (product: string, version: string): string => `${BASE}/products/${product}/${version}`;
export const queueUrlPath = (job: string): string => `${BASE}/queue/${job}`;

/** From the lifecycle id `cluster/u/p/v/n`. */
export const clusterUrlPath = (id: string): string => `${BASE}/${id.replace(/^cluster\//, 'clusters/')}`;
