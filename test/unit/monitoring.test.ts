import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { metersOf } from '../../api/metrics';
import { openMetrics } from '../../process/metrics/registry';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
interface Panel {
  title: string;
  type: string;
  targets?: { expr: string; legendFormat: string }[];
  gridPos: { h: number; w: number; x: number; y: number };
}

const { groups } = parse(read('tools/monitoring/alerts.yaml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('tools/monitoring/grafana-dashboard.json')) as { panels: Panel[]; templating: { list: { name: string; type: string }[] } };
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets);

/** Names of a query that are neither functions, nor labels, nor words of the language. */
function metricsIn(query: string): string[] {
  const bare = query.replaceAll(/"[^"]*"/g, '""').replaceAll(/\{[^}]*\}/g, '').replaceAll(/\[[^\]]*\]/g, '').replaceAll(/\b(by|on|without|ignoring)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*/g)].map(([name]) => name).filter((name) => !WORDS.has(name));
}
const WORDS = new Set(['and', 'or', 'unless', 'sum', 'max', 'min', 'count', 'topk', 'rate', 'increase', 'histogram_quantile']);

/** Names that a query may use, beside the SDK's: those of a process of the API, those that workers add, and Prometheus' own. */
async function known(): Promise<Set<string>> {
  const metrics = openMetrics('api');
  metersOf(metrics.registry);
  const ours = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) => (type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name!]));
  const counted = [...read('activities/webhooks/deliver_change.ts').matchAll(/createCounter\('(\w+)'/g)].map(([, name]) => `${name}_total`);
  return new Set([...ours, ...counted, 'up']);
}

let there: Set<string>;
beforeAll(async () => {
  there = await known();
});

/** Temporal's part of a worker names its metrics in its own source, which comes with it. */
const CORE = ['common/src/telemetry', 'sdk-core/src/telemetry', 'client/src'].map((part) => read(`node_modules/@temporalio/core-bridge/sdk-core/crates/${part}/metrics.rs`)).join('\n');
const isOfSdk = (name: string): boolean => {
  const [, bare] = /^temporal_(\w+?)(_total|_seconds_(bucket|sum|count))?$/.exec(name) ?? [];
  return bare !== undefined && CORE.includes(`"${bare}"`);
};

const anchorsOf = (page: string): string[] => [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'));

test.each(rules.map((rule) => [rule.alert, rule] as const))('alert %s: every metric it names is there, it says what to do, and its runbook is written', (name, { expr, for: lasting, labels, annotations }) => {
  expect(metricsIn(expr).length).toBeGreaterThan(0);
  expect(metricsIn(expr).filter((one) => !there.has(one) && !isOfSdk(one))).toEqual([]);
  expect([/^Grid[A-Z]\w+$/.test(name), /^\d+[mh]$/.test(lasting), ['info', 'warning', 'critical'].includes(labels['severity']!)]).toEqual([true, true, true]);
  expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook', 'summary']);
  const [page, anchor] = annotations['runbook']!.split('#');
  expect(anchorsOf(page!)).toContain(anchor);
});

test('each alert has a name of its own', () => {
  expect(rules.length).toBeGreaterThan(15);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test.each(queries.map(({ expr }) => [expr]))('the dashboard asks for what is there: %s', (expr) => {
  expect(metricsIn(expr).filter((one) => !there.has(one) && !isOfSdk(one))).toEqual([]);
});

test('the dashboard shows every metric of ours, asks the Prometheus that is chosen, and no panel lies over another', () => {
  const asked = new Set([...queries.map(({ expr }) => expr), ...rules.map(({ expr }) => expr)].flatMap(metricsIn).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  const ours = [...there].filter((name) => name.startsWith('grid_')).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  expect([...new Set(ours)].filter((name) => !asked.has(name)).sort()).toEqual(['grid_build_info', 'grid_compute_disks', 'grid_compute_disks_reserved', 'grid_queue_backlog_tasks']);
  expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([['datasource', 'datasource']]);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`));
  expect(new Set(cells).size).toBe(cells.length);
  expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});
