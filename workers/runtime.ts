import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { addressOf, type Config } from '../config';
import type { MemberKind } from '../model/members';
import { temporalLogger } from '../process/log';

/** What of Temporal's own part of a worker is told: the rest it tells of each request. */
const CORE_LEVELS = { core: 'WARN', other: 'ERROR' } as const;

/**
 * Has Temporal's part of this worker say what it says in our log, and count where it is to be read (GRID_METRICS). To be called once, before
 * anything connects: as long as one connection is open it stays so.
 * @returns what ends that
 */
export async function openRuntime(kind: MemberKind, config: Pick<Config, 'metrics' | 'tokens' | 'tls'>, log: Logger): Promise<() => Promise<void>> {
  const inner = config.metrics && `127.0.0.1:${await freePort()}`;
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { filter: CORE_LEVELS, forward: {} },
      ...(inner ? { metrics: { prometheus: { bindAddress: inner, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true } } } : {}),
    },
  });
  if (!inner || !config.metrics) return async () => undefined;
  // Nothing of it is loaded where nobody asks.
  const { serveMetrics } = await import('./serve_metrics');
  const end = await serveMetrics(kind, { ...config, metrics: config.metrics }, `http://${inner}/metrics`);
  log.info({ listen: addressOf(config.metrics) }, 'metrics');
  return end;
}

/** Temporal's part takes no port of its own choice that it would tell. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
