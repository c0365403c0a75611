import { knownInstances, type Shown } from '../wire';
import { stateCell } from './paint';
import type { Paper } from './paper';
import { table, type Column } from './table';
import { since } from '../../model/time';

type Facts = (readonly [string, string])[];

const pairs = (values: Record<string, unknown>): string =>
  Object.entries(values).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');

/** What a person asks of a service, an instance or an agent first. */
export function serviceFacts(life: Shown, paper: Paper): Facts {
  if (life.wish) return ofService(life);
  if (life.kind === 'instance' && life.making) return ofInstance(life);
  return life.kind === 'agent' && life.number !== undefined ? ofAgent(life, paper) : [];
}

function ofService({ wish, generations = [], recommendation }: Shown): Facts {
  const { planned, min, max, displayName, service } = wish!;
  const now = generations.at(-1);
  return [
    ['instances', `${planned} planned, ${min} to ${max} allowed`], ['name', displayName === service ? '' : displayName],
    ['recipe', now ? `${now.recipe} (generation ${now.number})` : ''], ['data', pairs(now?.data ?? {})],
    ['capacity', recommendation?.message ?? ''],
  ];
}

function ofInstance({ service, agent, at, making, vitals, monitored }: Shown): Facts {
  return [
    ['service', `service/${service}`], ['agent', `agent/${agent}`], ['host', at?.host ?? ''], ['address', at?.address ?? ''],
    ['health', [vitals?.health, vitals?.reason].filter(Boolean).join(': ')], ['recipe', `${making!.recipe.name} (generation ${making!.generation})`],
    ['data', pairs(making!.data)], ['values', pairs(monitored ?? {})],
  ];
}

function ofAgent({ number, generation, place, hello, agentRestarts, machineRestarts, silence, instances = [] }: Shown, paper: Paper): Facts {
  const { host = '', networks = [] } = place?.allocation ?? {};
  const has = instances.map((i) => ('service' in i ? `instance/${i.service}/${i.instance}` : '')).join(' ');
  return [
    ['instances', has], ['machine', place ? `agent--${number}-g${generation}` : ''], ['host', host], ['address', networks[0]?.address ?? ''],
    ['process', hello ? `pid ${hello.pid} on ${hello.host}` : 'none that works'], ['restarts', `${agentRestarts} of the agent, ${machineRestarts} of the machine`],
    ['silent', silence ? `for ${since(silence.since, paper.now)} (${silence.verdict})` : ''],
  ];
}

const INSTANCES: Column[] = [
  { title: 'INSTANCE', keep: true }, { title: 'STATE', keep: true }, { title: 'AGENT', keep: true }, { title: 'AGENT STATE' }, { title: 'GENERATION', right: true }, { title: 'REASON' },
];

/** The instances of a service as it knows them. */
export function knownInstancesTable(life: Shown, paper: Paper): string {
  const rows = knownInstances(life).map((i) => [
    `instance/${life.wish?.service}/${i.instance}`, stateCell(i.blocked ? 'blocked' : i.progress, paper), `agent/${i.agent}`, stateCell(i.agentProgress, paper),
    i.generation ? String(i.generation) : '', [i.leaving ? 'leaving' : '', i.reason].filter(Boolean).join(': '),
  ]);
  return table(INSTANCES, rows, paper);
}

const PROCESSES: Column[] = [{ title: 'PROCESS', keep: true }, { title: 'STATE', keep: true }, { title: 'PID', right: true }, { title: 'RESTARTS', right: true }, { title: 'LAST EXIT' }];

/** The processes of an instance as its agent last told. */
export function processesTable({ vitals }: Shown, paper: Paper): string {
  const rows = (vitals?.processes ?? []).map((p) => [p.name, stateCell(p.state, paper), p.pid === null ? '' : String(p.pid), String(p.restarts), p.lastExit ?? '']);
  return table(PROCESSES, rows, paper);
}

/** The instances of a service that wait for a person, with where to look. */
export const blockedInstances = (life: Shown, paper: Paper): string =>
  knownInstances(life).filter((i) => i.blocked)
    .map((i) => `${paper.color.red(`instance/${life.wish?.service}/${i.instance} is blocked: ${i.reason}`)}\n  ${paper.grid} show instance/${life.wish?.service}/${i.instance}`)
    .join('\n');
