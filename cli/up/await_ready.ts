import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf, type Config } from '../../config';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { exchange } from '../http';
import { tailLog } from './log_file';
import type { Note } from './progress';

/** A control worker that lives needs its time where a host is busy; one that dies again and again is told of at once by whoever keeps it. */
const LONGEST_START_MS = 10 * 60_000;
const ASK_EVERY_MS = 100;

/**
 * Answers when the API says that the grid is ready; until then what it says instead is noted.
 * @throws Problem 503 `not_ready` after `limitMs`, with what it said last and the ends of the logs
 */
export async function awaitReady({ home, listen, tls }: Pick<Config, 'home' | 'listen' | 'tls'>, note: Note, signal: AbortSignal, limitMs = LONGEST_START_MS): Promise<void> {
  const url = new URL(`${tls ? 'https' : 'http'}://${addressOf(listen[0]!)}/readyz`);
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await exchange({ method: 'GET', url, headers: {}, silenceMs: 2_000, signal, anyCertificate: true }).catch(() => undefined);
    if (answer?.status === 200) return;
    signal.throwIfAborted();
    const why = answer ? reasonIn(answer.text) : 'the API does not answer';
    if (Date.now() > deadline) raise(notReady(home, why, limitMs));
    note(why);
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}

function reasonIn(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail ?? text);
  } catch {
    return text;
  }
}

function notReady(home: string, why: string, limitMs: number) {
  const logs = ['api', 'control'].map((name) => `${name}: ${tailLog(join(home, 'logs', `${name}.log`), 5)}`);
  return problem(503, 'not_ready', `the grid did not become ready within ${limitMs / 60_000} min: ${why}`, `see the logs in ${join(home, 'logs')}`, { evidence: logs.join('\n') });
}
