import type { Endpoint } from '../http/endpoint';
import { getDoctor } from './get_doctor';

/** What is the matter with the grid. */
export const doctor: Endpoint[] = [getDoctor];
