import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { pino, type Logger } from 'pino';
import type { Config } from '../config';
import type { MemberKind } from '../model/members';

/** One line of JSON for everything that a process says, which it is and of which process. */
export const openLog = (kind: MemberKind, { logLevel }: Pick<Config, 'logLevel'>): Logger => pino({ level: logLevel, base: { process: kind, pid: process.pid } });

/** What Temporal's SDK, workflows and activities say, each with the lifecycle that it is about. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => log[LEVELS[level]](told(meta), message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta), debug: (message, meta) => write('DEBUG', message, meta), info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta), error: (message, meta) => write('ERROR', message, meta),
  };
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<LogLevel, string>;

/** Our names for what Temporal says of a task. */
const NAMES: Record<string, string> = { workflowId: 'lifecycle', activityType: 'activity', error: 'err' };
/** What nobody looks for in a log: it is in Temporal's own UI, or the same in every line. */
const LEFT_OUT = new Set(['taskToken', 'namespace', 'taskQueue', 'isLocal', 'sdkComponent', 'activityId', 'activityRunId', 'workflowType']);

const told = (meta: LogMetadata = {}): object =>
  Object.fromEntries(Object.entries(meta).flatMap(([name, value]) => (LEFT_OUT.has(name) ? [] : [[NAMES[name] ?? name, value]])));
