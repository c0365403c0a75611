import type { AuditEntry } from '../../model/audit';
import type { Limits, QuotaSummary, QuotaView } from '../../model/quota';
import type { ShownToken } from '../tokens_file';
import { stateCell } from './paint';
import type { Paper } from './paper';
import { table, type Column } from './table';
import { since } from '../../model/time';

const TOKENS: Column[] = [{ title: 'TOKEN', keep: true }, { title: 'ROLE', keep: true }, { title: 'OWNER', keep: true }, { title: 'STATE', keep: true }, { title: 'UNTIL' }, { title: 'AGE', right: true }];

export function tokensTable(tokens: ShownToken[], paper: Paper): string {
  if (tokens.length === 0) return 'no tokens; `grid token create` makes one';
  const rows = tokens.map((one) => [one.name, one.role, one.owner, stateCell(one.state, paper), one.expiresAt ?? 'revoked', since(one.createdAt, paper.now)]);
  return table(TOKENS, rows, paper);
}

const AUDIT: Column[] = [{ title: 'AT', keep: true }, { title: 'WHO', keep: true }, { title: 'OWNER' }, { title: 'WHAT', keep: true }, { title: 'RESULT', keep: true }, { title: 'FROM' }, { title: 'REQUEST' }];

export function auditTable(entries: AuditEntry[], paper: Paper): string {
  if (entries.length === 0) return 'nothing was changed';
  const rows = entries.map((one) => [one.at, one.who, one.owner, `${one.method} ${one.path}${one.about ? ` (${one.about})` : ''}`, `${one.status}${one.code ? ` ${one.code}` : ''}`, one.from, one.requestId]);
  return table(AUDIT, rows, paper);
}

const QUOTAS: Column[] = [{ title: 'OWNER', keep: true }, { title: 'MACHINES', keep: true, right: true }, { title: 'CPU', keep: true, right: true }, { title: 'MEMORY MiB', keep: true, right: true }];

const share = ({ used, limits }: Pick<QuotaSummary, 'used' | 'limits'>, name: keyof Limits): string => `${used[name]}/${limits[name] ?? '-'}`;

export function quotasTable(quotas: QuotaSummary[], paper: Paper): string {
  if (quotas.length === 0) return 'no quotas: nobody is limited; `grid quota set` makes one';
  return table(QUOTAS, quotas.map((one) => [one.owner, share(one, 'machines'), share(one, 'cpu'), share(one, 'memMiB')]), paper);
}

const HOLDERS: Column[] = [{ title: 'CLUSTER', keep: true }, { title: 'MACHINES', right: true }, { title: 'CPU', right: true }, { title: 'MEMORY MiB', right: true }];

export function quotaText(quota: QuotaView, paper: Paper): string {
  const whole = quotasTable([quota], paper);
  return quota.clusters.length === 0 ? whole : `${whole}\n\n${table(HOLDERS, quota.clusters.map((one) => [one.id, String(one.machines), String(one.cpu), String(one.memMiB)]), paper)}`;
}
