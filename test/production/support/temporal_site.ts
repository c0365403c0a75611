import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../config';
import { connectWithin } from '../../../cli/up/connect';
import { freePort } from '../../support/free_port';
import { USER, type Postgres } from './postgres';
import { provisionServer } from './provision_server';

const ANSWERS_MS = 90_000;
const DATABASES = { temporal: 'temporal', temporal_visibility: 'visibility' };

/** Temporal's server as docker-compose.temporal.yml has it, as a process of this host: on PostgreSQL, with 128 shards and the tuning of production. */
export interface TemporalSite {
  address: string;
  pid(): number;
  start(): Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  end(): Promise<void>;
}

export async function startTemporalSite(postgres: Postgres, tell: (line: string) => void): Promise<TemporalSite> {
  const programs = await provisionServer(tell);
  const dir = mkdtempSync(join(tmpdir(), 'grid-temporal-'));
  const base = { PATH: process.env.PATH, HOME: dir };
  const sql = { ...base, SQL_PLUGIN: 'postgres12', SQL_HOST: '127.0.0.1', SQL_PORT: String(postgres.port), SQL_USER: USER, SQL_PASSWORD: postgres.password };
  for (const [database, schema] of Object.entries(DATABASES)) {
    for (const args of [['create'], ['setup-schema', '-v', '0.0'], ['update-schema', '--schema-name', `postgresql/v12/${schema}`]]) {
      execFileSync(programs['temporal-sql-tool'], ['--db', database, ...args], { env: sql, stdio: ['ignore', 'ignore', 'pipe'] });
    }
  }
  const ports = await portsFor(['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER']);
  const address = `127.0.0.1:${ports['FRONTEND_GRPC_PORT']}`;
  const log = join(dir, 'log');
  const env = {
    ...base, ...ports, DB: 'postgres12', DB_PORT: String(postgres.port), POSTGRES_SEEDS: '127.0.0.1', POSTGRES_USER: USER, POSTGRES_PWD: postgres.password,
    BIND_ON_IP: '127.0.0.1', PUBLIC_FRONTEND_ADDRESS: address, NUM_HISTORY_SHARDS: '128', LOG_LEVEL: 'warn',
    DYNAMIC_CONFIG_FILE_PATH: join(projectRoot(), 'tools/production/temporal.yaml'),
  };
  let server: ChildProcess | undefined;
  const site: TemporalSite = {
    address,
    pid: () => server!.pid!,
    async start() {
      const fd = openSync(log, 'a');
      server = spawn(programs['temporal-server'], ['--allow-no-auth', 'start'], { env, cwd: dir, stdio: ['ignore', fd, fd] });
      closeSync(fd);
      const connection = await connectWithin({ address }, ANSWERS_MS).catch((error: Error) => {
        throw new Error(`${error.message}\n${readFileSync(log, 'utf8').slice(-3_000)}`, { cause: error });
      });
      await connection.close();
    },
    async stop(signal) {
      if (!server || server.exitCode !== null || server.signalCode !== null) return;
      const gone = once(server, 'exit');
      server.kill(signal);
      await gone;
    },
    async end() {
      await site.stop('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await site.start();
  return site;
}

/** Every part of the server listens for its own kind and for the others. */
async function portsFor(parts: readonly string[]): Promise<Record<string, string>> {
  const names = [...parts.flatMap((part) => [`${part}_GRPC_PORT`, `${part}_MEMBERSHIP_PORT`]), 'FRONTEND_HTTP_PORT'];
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  return Object.fromEntries([...ports].map((port, i) => [names[i]!, String(port)]));
}
