import type { Endpoint } from '../http/endpoint';
import { askCommand, sendCommand } from './command';
import { lifecyclePage } from './lifecycle';
import { overview } from './overview';

/** What a person looks at. */
export const pages: Endpoint[] = [overview, lifecyclePage, askCommand, sendCommand];
