import type { Endpoint } from '../http/endpoint';
import { auditPage } from './audit';
import { askCommand, sendCommand } from './command';
import { environmentPage } from './environment';
import { launchForm, launchIndex, launchOrder } from './launch';
import { lifecyclePage } from './lifecycle';
import { lifecyclesPage } from './lifecycles';
import { machinesPage } from './machines';
import { membersPage } from './members';
import { overview } from './overview';
import { scaleForm, scaleOrder } from './scale';

/** What a person looks at. */
export const pages: Endpoint[] = [
  overview, lifecyclesPage, lifecyclePage, askCommand, sendCommand, scaleForm, scaleOrder, machinesPage, launchIndex, launchForm, launchOrder, environmentPage, membersPage, auditPage,
];
