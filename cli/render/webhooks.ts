import { shortId } from '../ids';
import type { WebhookView } from '../wire';
import { factsText } from './facts';
import { hue, stateCell } from './paint';
import type { Paper } from './paper';
import { blockedText, conditionLines } from './steps';
import { table, type Column } from './table';
import { since } from '../../model/time';

const WEBHOOKS: Column[] = [{ title: 'WEBHOOK', keep: true }, { title: 'STATE', keep: true }, { title: 'TELLS', keep: true }, { title: 'WHAT' }, { title: 'OWNER' }];

export function webhooksTable(webhooks: WebhookView[], paper: Paper): string {
  if (webhooks.length === 0) return 'no webhooks';
  return table(WEBHOOKS, webhooks.map((one) => [one.name, stateCell(one.conditions[0]?.type ?? one.state, paper), one.url, whatOf(one), one.owner]), paper);
}

const whatOf = ({ kinds, onlyOwn, owner }: WebhookView): string => `${kinds.length > 0 ? kinds.join(', ') : 'everything'}${onlyOwn ? ` that ${owner} may see` : ''}`;

const DELIVERIES: Column[] = [{ title: 'AGE', right: true, keep: true }, { title: 'EVENT', keep: true }, { title: 'OF' }, { title: 'OUTCOME', keep: true }, { title: 'STATUS', right: true, keep: true }, { title: 'ATTEMPTS', right: true }];

export function webhookText(webhook: WebhookView, paper: Paper): string {
  const { next, deliveries = [] } = webhook;
  const waits = next && [`${next.event} of ${shortId(next.lifecycle)}`, next.attempts && `attempt ${next.attempts}`, next.lastError, next.nextTryAt && `next try at ${next.nextTryAt}`].filter(Boolean).join(', ');
  const rows = deliveries.map((one) => [since(one.at, paper.now), one.event, shortId(one.lifecycle), { text: one.outcome, paint: hue(one.outcome === 'delivered' ? 'done' : 'skipped', paper) }, one.status === null ? '' : String(one.status), String(one.attempts)]);
  return [
    `${paper.color.bold(webhook.name)}  ${hue(webhook.state, paper)(webhook.state)}${webhook.paused ? paper.color.yellow(' · paused') : ''}`,
    ...conditionLines(webhook, paper),
    factsText([['tells', webhook.url], ['what', whatOf(webhook)], ['secret', webhook.secret ?? ''], ['owner', webhook.owner], ['delivered', String(webhook.delivered ?? 0)], ['waiting', String(webhook.waiting ?? 0)], ['now', waits || '']], paper),
    ...(webhook.steps?.some(({ state }) => state === 'blocked') ? ['', blockedText(webhook, paper)] : []),
    ...(rows.length > 0 ? ['', table(DELIVERIES, rows, paper)] : []),
  ].filter((line) => line !== undefined).join('\n');
}
