import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../support/grid';

const DIST = join(__dirname, '../../../dist');

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  json: any;
}

/** A connector as its operator has it: the command `grid connector` in a process of its own. */
export interface OurConnector {
  url: string;
  process: ChildProcess;
  /** What it said so far, standard output and error. */
  said(): string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  running(service: string): Promise<number>;
  /** Resolves with its exit code when it has ended. */
  closed(): Promise<number | null>;
  /** Ends it as its operator does, by Ctrl-C; answers the exit code. */
  end(): Promise<number | null>;
}

/** Starts it and waits until it says that it listens. */
export async function ourConnector(gridHome: string, words: string[], env: Record<string, string> = {}): Promise<OurConnector> {
  const listen = `127.0.0.1:${await freePort()}`;
  const started = grid(gridHome, ['connector', '--listen', listen, ...words], env);
  while (!started.said().includes(' at http://')) {
    if (started.process.exitCode !== null) throw new Error(`the connector ended: ${started.said()}`);
    await Promise.race([once(started.process.stdout!, 'data'), once(started.process, 'close')]);
  }
  const url = `http://${listen}`;
  const ask: OurConnector['ask'] = async (method, path, body, headers = {}) => {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(url + path, { method, redirect: 'manual', headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...sent });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: response.headers.get('content-type')?.includes('json') && text ? JSON.parse(text) : undefined };
  };
  return {
    url, process: started.process, said: started.said, ask,
    running: async (service) => (await ask('GET', `/service/${service}/status`)).json.running_resources as number,
    closed: started.closed,
    end: started.end,
  };
}

/** Runs `grid` in a process of its own. */
export function grid(gridHome: string, words: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(DIST, 'grid.js'), ...words], { env: { PATH: process.env.PATH, HOME: gridHome, GRID_HOME: gridHome, GRID_LOG_LEVEL: 'warn', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { said += String(text); });
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    process: child as ChildProcess,
    said: () => said,
    closed: async () => (await closed)[0],
    async end() {
      child.kill('SIGINT');
      return (await closed)[0];
    },
  };
}
