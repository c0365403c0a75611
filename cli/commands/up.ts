import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot, readConfig, type Config } from '../../config';
import { bringUp, type Running } from '../up/bring_up';
import { placesEnv } from '../up/programs';

const SAME_MS = 500;

/** `grid up [-- command…]`: the whole grid in the foreground, and once it is up, a first command. */
export function upCommand(): Command {
  return new Command('up')
    .description('bring the whole grid up in the foreground; Ctrl-C stops it, what it launched runs on')
    .argument('[command...]', 'a grid command to run once it is up, after "--" where it has options: up -- launch reference/1.0.0 size=2')
    .action(up);
}

async function up(words: string[]): Promise<void> {
  const config = readConfig();
  const asked = takeSignals();
  const stopAsked = once(asked, 'abort');
  let running: Running;
  const started = performance.now();
  try {
    running = await bringUp(config, say, asked);
  } catch (error) {
    if (!asked.aborted) throw error;
    return say('stopped before it was up');
  }
  say(whereToLook(config, running, (performance.now() - started) / 1000));
  if (words.length > 0) await runFirst(words, config, running);
  await stopAsked;
  say('stopping the grid; what it launched runs on (once more to end it at once)');
  await running.stop();
}

/**
 * Aborted by the first Ctrl-C; a later one ends the process, and with it everything, at once. From the terminal the
 * same Ctrl-C comes twice within a moment, once by way of npm.
 */
function takeSignals(): AbortSignal {
  const asked = new AbortController();
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal).on(signal, () => {
      if (!asked.signal.aborted) first = Date.now();
      else if (Date.now() - first > SAME_MS) process.exit(130);
      asked.abort();
    });
  }
  return asked.signal;
}

async function runFirst(words: string[], config: Config, running: Running): Promise<void> {
  say(`$ grid ${words.join(' ')}`);
  const env = { ...process.env, ...placesEnv(config, running) };
  const child = spawn(process.execPath, [join(projectRoot(), 'dist', 'grid.js'), ...words], { stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code) say(`that command ended with exit code ${code}; the grid stays up`);
}

function whereToLook(config: Config, running: Running, seconds: number): string {
  const home = config.home.replace(homedir(), '~');
  const grid = 'npx grid';
  return [
    `Service Grid is up after ${seconds.toFixed(1)} s`,
    `  API          ${running.api}  (described at ${running.api}/docs)`,
    ...(running.uiUrl ? [`  Temporal UI  ${running.uiUrl}/namespaces/${running.namespace}/workflows`] : []),
    `  on disk      ${home}  (logs in ${join(home, 'logs')})`,
    `  next         ${grid} launch reference/1.0.0 size=2   ${grid} clusters   ${grid} status`,
    '  Ctrl-C stops the grid, not what it launched',
  ].join('\n');
}

const say = (text: string) => void process.stdout.write(`${text}\n`);
