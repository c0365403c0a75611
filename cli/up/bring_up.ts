import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gridIdOf, recordedMachines, UI_PORT_OFFSET, type Config } from '../../config';
import type { Problem } from '../../model/errors';
import { awaitReady } from './await_ready';
import { endLeftover } from './children_record';
import { connectWithin } from './connect';
import { holdHome } from './grid_file';
import { keepRunning, type Kept, type Program } from './keep_running';
import { checkListeners, temporalPort } from './ports';
import { prepareNamespace } from './prepare_namespace';
import { nodeProgram, PROGRAM_NAMES, TEMPORAL_GRACE_MS, temporalProgram, type Places } from './programs';
import { during, type Tell } from './progress';
import { provisionTemporal } from './provision_temporal';
import { refuseTwin } from './refuse_twin';

export interface Running extends Places {
  api: string;
  namespace: string;
  /** Ends everything in order: workers, API, Temporal. What was launched runs on. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

const TEMPORAL_ANSWERS_MS = 60_000;
const GIVEN_ANSWERS_MS = 10_000;

/**
 * Brings the whole grid up (DESIGN §9) and answers when its API is ready.
 * @param tell one line for everything that takes over two seconds, and for each process that had to be started again
 * @param asked aborted when the start is to be given up
 * @throws Problem: the home is in use, a port is taken, no Temporal, a process does not come up; nothing is left running
 */
export async function bringUp(config: Config, tell: Tell, asked: AbortSignal): Promise<Running> {
  mkdirSync(join(config.home, 'logs'), { recursive: true });
  const grid = gridIdOf(config);
  refuseTwin(grid, config.home);
  const startedAt = new Date().toISOString();
  const held = holdHome(config.home, { grid, startedAt, api: config.api, namespace: config.temporal.namespace });
  const kept: Kept[] = [];
  const kill = () => kept.forEach((one) => one.kill());
  const stop = async () => {
    for (const name of PROGRAM_NAMES) await kept.find((one) => one.name === name)?.stop();
    process.off('exit', kill);
    held.release();
  };
  // Whatever makes this process end, Temporal would not notice.
  process.once('exit', kill);
  const failed = new AbortController();
  const signal = AbortSignal.any([asked, failed.signal]);
  try {
    await endLeftovers(config.home, tell);
    await checkListeners(config.listen);
    const start = (program: Program) => startIn(kept, program, tell);
    const places = { grid, ...(await haveTemporal(config, start, tell, signal)) };
    held.publish(places);
    const hopeless = Promise.race([start(nodeProgram('control', config, places)), start(nodeProgram('api', config, places))]);
    await during('starting the control worker and the API', tell, (note) => Promise.race([hopeless, awaitReady(config, note, signal)]));
    return { ...places, api: config.api, namespace: config.temporal.namespace, stop, kill };
  } catch (error) {
    failed.abort();
    await stop();
    throw error;
  }
}

/** Keeps the program running; the promise fails when it cannot come up, and is told of for as long as the grid runs. */
function startIn(kept: Kept[], program: Program, tell: Tell): Promise<never> {
  const hopeless = new Promise<never>((_, reject) => {
    kept.push(
      keepRunning(program, tell, (why: Problem) => {
        tell(`${why.message}\n${why.evidence}`);
        reject(Object.assign(new Error(why.message), why));
      }),
    );
  });
  // After the start nobody waits for it any more: it was told, and the program is started again.
  hopeless.catch(() => undefined);
  return hopeless;
}

async function endLeftovers(home: string, tell: Tell): Promise<void> {
  for (const name of PROGRAM_NAMES) await endLeftover(home, name, TEMPORAL_GRACE_MS, tell);
}

/** A server that answers and has the namespace: the given one, else the embedded one. */
async function haveTemporal(
  config: Config,
  start: (program: Program) => Promise<never>,
  tell: Tell,
  signal: AbortSignal,
): Promise<Omit<Places, 'grid'>> {
  const { given, namespace, uiUrl } = config.temporal;
  if (given) {
    await prepare(config.temporal.connection, GIVEN_ANSWERS_MS);
    return { temporalAddress: config.temporal.connection.address, uiUrl };
  }
  const binary = await provisionTemporal(config.home, process.env, tell, signal);
  const port = await temporalPort({ asked: config.temporalPort, before: portBefore(config.home) }, tell);
  const hopeless = start(temporalProgram(config.home, binary, port, config.temporal.codecKeys.length > 0 ? `${config.api}/codec` : undefined));
  const address = `127.0.0.1:${port}`;
  await Promise.race([hopeless, prepare({ address }, TEMPORAL_ANSWERS_MS)]);
  return { temporalAddress: address, uiUrl: uiUrl ?? `http://127.0.0.1:${port + UI_PORT_OFFSET}` };

  function prepare(connection: Config['temporal']['connection'], withinMs: number): Promise<void> {
    return during(`waiting for Temporal at ${connection.address}`, tell, async () => {
      const connected = await connectWithin(connection, withinMs, signal);
      await prepareNamespace(connected, namespace, signal).finally(() => connected.close());
    });
  }
}

/** Where agents of this environment know the server, should it have been an embedded one. */
const portBefore = (home: string): number | undefined => Number(/^127\.0\.0\.1:(\d+)$/.exec(recordedMachines(home)?.temporal ?? '')?.[1]) || undefined;
