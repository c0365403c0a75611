import type { Endpoint } from '../http/endpoint';
import { allEvents } from './all_events';
import { lifecycleEvents } from './lifecycle_events';

/** What changes, as it changes. The path of one lifecycle's events comes before that of the lifecycle. */
export const events: Endpoint[] = [allEvents, lifecycleEvents];
