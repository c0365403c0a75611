import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { postgresPrograms, startPostgres, USER } from '../../test/production/support/postgres';
import { startTemporalSite } from '../../test/production/support/temporal_site';
import type { Server, Site } from '../figure';
import { treeOf } from './proc';

/** Every row of every table, counted: what the database itself keeps of their number lags behind. */
const ROWS = `SELECT sum((xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM %I', tablename), false, true, '')))[1]::text::bigint) FROM pg_tables WHERE schemaname = 'public'`;
const KB = `SELECT (pg_database_size('temporal') + pg_database_size('temporal_visibility')) / 1000`;

/** Temporal's server on PostgreSQL, as docker-compose.temporal.yml tunes it, for all benches of a run. */
export async function startPostgresServer({ tell, atLast }: Pick<Site, 'tell' | 'atLast'>): Promise<Server> {
  const postgres = await startPostgres();
  atLast(() => postgres.end());
  const temporal = await startTemporalSite(postgres, tell);
  atLast(() => temporal.end());
  const ask = (database: string, query: string): number =>
    Number(execFileSync(join(postgresPrograms(), 'psql'), ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', USER, '-d', database, '-Atc', query], { env: { PATH: process.env.PATH, PGPASSWORD: postgres.password }, encoding: 'utf8' }));
  return {
    address: temporal.address, pid: temporal.pid(),
    databasePids: () => treeOf(postgres.pid()),
    stored: () => ({ rows: ask('temporal', ROWS) + ask('temporal_visibility', ROWS), kB: ask('temporal', KB) }),
  };
}
