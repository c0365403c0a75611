import { Command } from 'commander';
import { putWebhook, readAll, readWebhook, removeWebhook } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import { wholeNumber } from '../values';
import type { WebhookView } from '../wire';
import { jsonCommand, type Context } from './shared';

export const webhookCommand = (context: Context): Command =>
  new Command('webhook').description('have an HTTP server told what changes; a delivery that is stuck is steered like any lifecycle, e.g. `grid retry webhook/NAME`')
    .addCommand(addCommand(context)).addCommand(listCommand(context)).addCommand(showCommand(context)).addCommand(removeCommand(context));

const named = (name: string, description: string): Command => jsonCommand(name, description).argument('<name>', 'the webhook, e.g. chat');

const gathered = (value: string, before: string[] = []): string[] => [...before, value];

interface Wanted {
  secret: string;
  kind?: string[];
  owner?: string;
  attempts?: string;
  json?: boolean;
}

const addCommand = (context: Context): Command =>
  named('add', 'tell a server every change from now on, or change where and what a webhook tells')
    .argument('<url>', 'where it is told, e.g. https://receiver.example/grid')
    .requiredOption('--secret <reference>', 'what deliveries are signed with: file:/path or env:NAME on the hosts of the control workers')
    .option('--kind <kind>', 'only lifecycles of this kind, e.g. cluster; may be repeated', gathered)
    .option('--owner <owner>', 'only what this owner may see (everything)')
    .option('--attempts <count>', 'at one delivery, before a person is asked (15)')
    .action(async (name: string, url: string, { secret, kind, owner, attempts, json }: Wanted) => {
      const body = { url, secret, ...(kind ? { kinds: kind } : {}), ...(owner ? { owner } : {}), ...(attempts ? { attempts: wholeNumber('--attempts', attempts) } : {}) };
      const { status, body: webhook } = await putWebhook(context.api(), name, body);
      if (json) return printJson(context.io, webhook);
      print(context.io, `${name} is ${status === 201 ? 'defined' : 'as you say'}: it tells ${webhook.url}`);
    });

const listCommand = (context: Context): Command =>
  jsonCommand('list', 'list the webhooks: where they tell what').action(async ({ json }: { json?: boolean }) => {
    const webhooks = await readAll<WebhookView>(context.api(), 'webhooks');
    if (json) return printJson(context.io, { webhooks });
    const { webhooksTable } = await import('../render/webhooks');
    print(context.io, webhooksTable(webhooks, paperOf(context.io)));
  });

const showCommand = (context: Context): Command =>
  named('show', 'show what a webhook told last, and what it is at').action(async (name: string, { json }: { json?: boolean }) => {
    const webhook = await readWebhook(context.api(), name);
    if (json) return printJson(context.io, webhook);
    const { webhookText } = await import('../render/webhooks');
    print(context.io, webhookText(webhook, paperOf(context.io)));
  });

const removeCommand = (context: Context): Command =>
  named('rm', 'remove a webhook; what it has not told yet is not told').action(async (name: string, { json }: { json?: boolean }) => {
    await removeWebhook(context.api(), name);
    if (json) return printJson(context.io, { name, state: 'removed' });
    print(context.io, `${name} is removed`);
  });
