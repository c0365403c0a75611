import { UI_PORT_OFFSET } from '../../config';

/**
 * Measured (spec T §8.0): with one history shard the default of 20 polls a second is what everything waits for, one
 * partition per task queue saves a hop, and lists may be asked for more than a hundred times a second.
 */
export const DYNAMIC_CONFIG: Record<string, number | string> = {
  'history.transferProcessorMaxPollRPS': 1000,
  'history.timerProcessorMaxPollRPS': 1000,
  'history.visibilityProcessorMaxPollRPS': 1000,
  'history.outboundProcessorMaxPollRPS': 1000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'history.MaxBufferedQueryCount': 20,
  'history.maxInFlightUpdates': 1000,
  'frontend.namespaceRPS.visibility': 1000,
  // Timers, and so the retry after a silence, may be this late; a second by default.
  'history.timerProcessorMaxTimeShift': '"50ms"',
};

/** Arguments of a dev server on loopback: in memory and without UI unless a file and the UI are asked for. */
export function temporalArgs(options: { port: number; databaseFile?: string; ui: boolean; codecEndpoint?: string }): string[] {
  const file = options.databaseFile
    ? ['--db-filename', options.databaseFile, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1']
    : [];
  const ui = options.ui ? ['--ui-port', String(options.port + UI_PORT_OFFSET), '--ui-disable-news-fetch', ...(options.codecEndpoint ? ['--ui-codec-endpoint', options.codecEndpoint] : [])] : ['--headless'];
  const tuning = Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
  const log = ['--log-level', 'warn', '--log-format', 'json'];
  return ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), ...ui, ...file, ...tuning, ...log];
}

/** The server takes nothing from us but what a program needs: TEMPORAL_* would be read as its client's settings. */
export function temporalEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'].map((name) => [name, env[name]]));
}
