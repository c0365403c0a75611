import type { CancellationScope } from '@temporalio/workflow';
import type { WebhookState } from '../../model/webhook';
import type { Run } from '../lifecycle/run';

export interface WebhookRun extends Run<WebhookState> {
  /** Set while it listens; cancelled when something else is to be heard. */
  hearing?: CancellationScope;
}
