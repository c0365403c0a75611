import type { Endpoint } from '../http/endpoint';
import { getLifecycle } from './get_lifecycle';
import { listLifecycles } from './list_lifecycles';
import { postVerb } from './post_verb';
import { putRole } from './put_role';

/** Every lifecycle under the id that Temporal shows (DESIGN §8). */
export const lifecycles: Endpoint[] = [listLifecycles, getLifecycle, postVerb, putRole];
