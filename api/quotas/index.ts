import type { Endpoint } from '../http/endpoint';
import { deleteQuota } from './delete_quota';
import { getQuota } from './get_quota';
import { listQuotas } from './list_quotas';
import { putQuota } from './put_quota';

/** What owners may have at once. */
export const quotas: Endpoint[] = [listQuotas, getQuota, putQuota, deleteQuota];
