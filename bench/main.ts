import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../config';
import { provisionTemporal } from '../cli/up/provision_temporal';
import { crash } from './crash';
import { docker } from './docker';
import { environment } from './environment';
import { isBroken, type Bench, type Figure, type Site } from './figure';
import { idle } from './idle';
import { launch } from './launch';
import { mesosEvents } from './mesos_events';
import { mesosLaunch } from './mesos_launch';
import { mesosOffers } from './mesos_offers';
import { pages, tab } from './pages';
import { reads } from './reads';
import { services } from './services';
import { start } from './start';
import { startPostgresServer } from './support/postgres_server';
import { table } from './table';
import { throughput } from './throughput';

const BENCHES: Bench[] = [start, launch, throughput, crash, reads, idle, pages, tab, ...services, docker, environment, mesosOffers, mesosEvents, mesosLaunch];

/** `services` names all whose names begin with `services/`. */
const isNamed = ({ name }: Bench, wanted: string) => name === wanted || name.startsWith(`${wanted}/`);

/** Runs the benches, prints one table and fails when a limit is broken or a bench broke off; what was measured is printed either way. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, on: { type: 'string' }, json: { type: 'boolean' } } });
  if (values.on !== undefined && values.on !== 'postgresql') throw new Error(`grids are measured on the server that they have by themselves, or --on postgresql, not on ${values.on}`);
  const unknown = values.only?.find((wanted) => !BENCHES.some((bench) => isNamed(bench, wanted)));
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}; there are ${BENCHES.map(({ name }) => name).join(', ')}`);
  const chosen = BENCHES.filter((bench) => (values.only?.some((wanted) => isNamed(bench, wanted)) ?? !bench.onlyNamed) && !(values.on && bench.embedded));
  const about = { ...machine(), on: values.on ?? 'embedded' };
  const results: { name: string; figures: Figure[] }[] = [];
  const all = undoing();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void all.undo().finally(() => process.exit(130)));
  try {
    const temporal = await provisionTemporal(join(projectRoot(), '.tmp'), process.env, tell, new AbortController().signal);
    const server = values.on ? await startPostgresServer({ tell, atLast: all.later }) : undefined;
    for (const { name, run } of chosen) {
      tell(`${name} …`);
      const own = undoing();
      all.later(own.undo);
      results.push({ name, figures: await run({ temporal, server, tell, later: own.later, atLast: all.later }).catch(brokeOff).finally(own.undo) });
    }
  } finally {
    await all.undo();
  }
  const broken = results.flatMap(({ figures }) => figures.filter(isBroken));
  process.stdout.write(values.json ? `${JSON.stringify({ ...about, benches: results, broken: broken.length }, null, 1)}\n` : `${shape(about)}\n${table(results)}\n`);
  if (broken.length > 0) tell(`${broken.length} limits are broken: ${broken.map(({ what }) => what).join('; ')}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function brokeOff(error: Error): Figure[] {
  tell(error.stack ?? error.message);
  return [{ what: 'broke off', value: 1, unit: 'failures', limit: 0, note: error.message }];
}

/** Keeps what is to be undone, and undoes it in reverse order; also when the run is interrupted. */
function undoing(): { later: Site['later']; undo: () => Promise<void> } {
  const undone: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (let next = undone.pop(); next; next = undone.pop()) await next().catch((error: Error) => tell(error.message));
  };
  return { later: (next) => void undone.push(next), undo };
}

const tell = (text: string) => void process.stderr.write(`${text}\n`);

/** Where and when it ran; with other work on the machine the figures are of that work too. */
const machine = () => ({
  at: new Date().toISOString(), node: process.versions.node, cpus: cpus().length, cpu: cpus()[0]?.model ?? '',
  memMb: Math.round(totalmem() / 1e6), loadBefore: loadavg()[0]!,
});

const shape = ({ at, on, node, cpus: cores, cpu, memMb, loadBefore }: ReturnType<typeof machine> & { on: string }) =>
  `${at}, Temporal ${on === 'embedded' ? 'on its embedded file' : 'on PostgreSQL'}, ${cores} × ${cpu}, ${memMb} MB, Node ${node}, load before ${loadBefore.toFixed(1)}`;

main().catch((error: unknown) => {
  tell(error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error, null, 1));
  process.exitCode = 2;
});
