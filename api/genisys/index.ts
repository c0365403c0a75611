import type { Endpoint } from '../http/endpoint';
import { computes } from './computes';
import { scaling } from './scale';

/** Seed 001: computes, and services that are scaled on them (`spec` G-1 … G-11). */
export const genisys: Endpoint[] = [...computes, ...scaling];
