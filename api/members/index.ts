import type { Endpoint } from '../http/endpoint';
import { listMembers } from './list_members';
import { listServices } from './list_services';

/** The grid's own processes (seed 003). */
export const members: Endpoint[] = [listServices, listMembers];
