import { shortId } from '../ids';
import { knownInstances, type Shown } from '../wire';
import { nodesTable, rolesTable } from './nodes';
import { shareText } from './lists';
import { hue } from './paint';
import type { Paper } from './paper';
import { pathText } from './progress';
import { knownInstancesTable, processesTable, serviceFacts } from './service_parts';
import { blockedText, commandsText, conditionLines, stepsTable } from './steps';
import { table, type Column } from './table';
import { cleanLines, fit } from './text';
import { factsText } from './facts';
import { since } from '../../model/time';

/** One lifecycle, everything a person asks first on top: what it is, what is wrong, what can be done. */
export function showText(life: Shown, paper: Paper): string {
  const heading = (text: string) => paper.color.bold(text);
  const sections: (string | false | undefined)[] = [
    headText(life, paper),
    life.steps?.length ? `${heading(`steps${life.operation ? ` of ${life.operation.kind}` : ''}`)}\n${stepsTable(life.steps, paper)}` : undefined,
    blockedText(life, paper),
    knownInstances(life).length ? `${heading('instances')}\n${knownInstancesTable(life, paper)}` : undefined,
    life.vitals?.processes.length ? `${heading('processes')}\n${processesTable(life, paper)}` : undefined,
    life.usage?.hosts.length ? usageText(life, paper) : undefined,
    Object.keys(life.holdings ?? {}).length ? `${heading('services there')}\n${holdingsTable(life.holdings!, paper)}` : undefined,
    life.draining?.waitsFor.length ? paper.color.yellow(fit(`drains to ${life.draining.to}; waits for ${life.draining.waitsFor.map(shortId).join(', ')}`, paper.width)) : undefined,
    life.reservations?.length ? `${heading('used by')}\n${reservationsTable(life.reservations, paper)}` : undefined,
    life.nodes?.length ? `${heading('nodes')}\n${nodesTable(life.nodes, paper)}` : undefined,
    life.roles?.length ? `${heading('roles')}\n${rolesTable(life.roles, paper)}` : undefined,
    life.verbs?.length && !life.steps?.some((s) => s.state === 'blocked') ? `${heading('what can be done')}\n${commandsText(life, paper)}` : undefined,
  ];
  return sections.filter(Boolean).join('\n\n');
}

function headText(life: Shown, paper: Paper): string {
  const options = Object.entries(life.options ?? {}).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const facts = factsText(
    [
      ['id', life.id], ...serviceFacts(life, paper), ['options', options.join(' ')], ['compute', life.compute ?? ''], ['connector', life.connector ?? ''], ['dns name', life.dnsname ?? ''], ['owner', life.owner],
      ['age', since(life.createdAt, paper.now)], ['path', life.stale ? '' : pathText(life)], ...(life.stale ? lastFacts(life) : []), ['temporal', life.links?.temporal ?? ''],
    ],
    paper,
  );
  return [
    `${paper.color.bold(shortId(life.id))}  ${hue(life.state, paper)(life.state)}${life.paused ? paper.color.yellow(' · paused') : ''}`,
    ...(life.stale ? [paper.color.yellow(fit('no worker runs: this is the last known state, without steps', paper.width))] : []),
    ...conditionLines(life, paper),
    facts,
  ].join('\n');
}

/** What a summary knows beyond the state. */
const lastFacts = ({ step, reason, detail }: Shown): [string, string][] => [
  ['step', [step, reason].filter(Boolean).join(': ')],
  ['nodes', detail?.['nodes'] === undefined ? '' : `${detail['running']}/${detail['nodes']} running`],
  ['instances', detail?.['planned'] === undefined ? '' : `${detail['up']}/${detail['planned']} up`],
];

const HOSTS: Column[] = [{ title: 'HOST', keep: true }, { title: 'CPU', right: true }, { title: 'MEMORY MiB', right: true }, { title: 'DISKS', right: true }];

/** What of a compute is taken, host by host, and who waits for what. */
function usageText({ usage, waiting = [] }: Shown, paper: Paper): string {
  const share = ({ used, total }: { used: number; total: number }) => shareText(used, total);
  return [
    table(HOSTS, usage!.hosts.map((h) => [h.name, share(h.cpu), share(h.memMiB), share(h.disks)]), paper),
    ...usage!.networks.map((n) => fit(`network ${n.name}: ${share(n)} addresses taken`, paper.width)),
    ...waiting.map((w) => paper.color.yellow(fit(`${shortId(w.owner)} waits: ${w.reason}`, paper.width))),
  ].join('\n');
}

const HOLDERS: Column[] = [{ title: 'OWNER', keep: true }, { title: 'NODES', right: true, keep: true }, { title: 'CPU', right: true }, { title: 'MEMORY MiB', right: true }, { title: 'HOSTS' }];

/** Who has how much of a compute. */
function reservationsTable(reservations: NonNullable<Shown['reservations']>, paper: Paper): string {
  const rows = reservations.map(({ owner, allocations }) => {
    const sum = (of: 'cpu' | 'memMiB') => String(Number(allocations.reduce((n, a) => n + a[of], 0).toFixed(2)));
    return [shortId(owner), String(allocations.length), sum('cpu'), sum('memMiB'), [...new Set(allocations.map((a) => a.host))].join(' ')];
  });
  return table(HOLDERS, rows, paper);
}

const HOLDINGS: Column[] = [{ title: 'SERVICE', keep: true }, { title: 'RUNNING', right: true, keep: true }, { title: 'WHY' }];

/** What services want of a connector of others, and what it says. */
const holdingsTable = (holdings: NonNullable<Shown['holdings']>, paper: Paper): string =>
  table(HOLDINGS, Object.entries(holdings).map(([service, { wanted, running, problem }]) => [service, `${running ?? '?'}/${wanted}`, problem?.message ?? '']), paper);

/** What the steps' scripts printed, those that failed as well. */
export function outputText(life: Shown, paper: Paper): string {
  const printed = (life.steps ?? []).map((s) => ({ ...s, output: s.output ?? s.lastError?.evidence })).filter((s) => s.output);
  if (printed.length === 0) return 'no step has printed anything';
  return printed.map((s) => [paper.color.bold(`output of ${s.name} (attempt ${s.attempt})`), ...cleanLines(s.output!)].join('\n')).join('\n\n');
}
