import type { Endpoint } from '../http/endpoint';
import { deleteWebhook } from './delete_webhook';
import { getWebhook } from './get_webhook';
import { listWebhooks } from './list_webhooks';
import { putWebhook } from './put_webhook';

/** Who is told of changes by HTTP. */
export const webhooks: Endpoint[] = [listWebhooks, getWebhook, putWebhook, deleteWebhook];
