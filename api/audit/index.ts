import type { Endpoint } from '../http/endpoint';
import { listAudit } from './list_audit';

/** What was changed, and by whom. */
export const audit: Endpoint[] = [listAudit];
