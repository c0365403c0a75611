import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../support/free_port';

const ANSWERS_MS = 60_000;
const VERSIONS = '/usr/lib/postgresql';
export const USER = 'temporal';

/** A PostgreSQL of the test's own, on loopback with a password, whose data lie in a directory that goes with it. */
export interface Postgres {
  port: number;
  password: string;
  pid(): number;
  start(): Promise<void>;
  /** `fast`: whoever is connected is cut off; `kill`: as a power cut does. */
  stop(how: 'fast' | 'kill'): Promise<void>;
  /** What both databases hold, of one moment, while it runs: a tar archive. */
  backUp(archive: string): Promise<void>;
  /** Puts back what was backed up, where nothing runs; what was there is gone. */
  restore(archive: string): void;
  end(): Promise<void>;
}

/** Debian keeps the server's programs off the path. @throws Error where there is none */
export function postgresPrograms(): string {
  const newest = readdirSync(VERSIONS).map(Number).sort((a, b) => b - a)[0];
  return join(VERSIONS, String(newest), 'bin');
}

export async function startPostgres(): Promise<Postgres> {
  const bin = postgresPrograms();
  const dir = mkdtempSync(join(tmpdir(), 'grid-postgres-'));
  const [port, password] = [await freePort(), randomBytes(12).toString('hex')];
  const [data, log, passwordFile] = [join(dir, 'data'), join(dir, 'log'), join(dir, 'password')];
  // It refuses to run as root.
  const [as, owner] = process.getuid?.() === 0 ? [['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'], idsOf('postgres')] as const : [[], undefined] as const;
  const own = (path: string) => owner && chownSync(path, ...owner);
  const command = (program: string, ...args: string[]): [string, string[]] => {
    const [first, ...rest] = [...as, join(bin, program), ...args];
    return [first, rest];
  };
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', PGPASSWORD: password };
  const execute = ([program, args]: [string, string[]]) => execFileSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
  const executed = ([program, args]: [string, string[]]) => promisify(execFile)(program, args, { env, cwd: '/' });
  writeFileSync(passwordFile, password);
  [dir, passwordFile].forEach(own);
  chmodSync(dir, 0o700);
  execute(command('initdb', '--pgdata', data, '--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--data-checksums'));

  let server: ChildProcess | undefined;
  const postgres: Postgres = {
    port, password,
    pid: () => server!.pid!,
    async start() {
      const fd = openSync(log, 'a');
      const [program, args] = command('postgres', '-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`, '-c', 'max_connections=200');
      server = spawn(program, args, { env, stdio: ['ignore', fd, fd], cwd: '/' });
      closeSync(fd);
      for (const until = Date.now() + ANSWERS_MS; ; await sleep(50)) {
        if (answers(bin, port)) return;
        if (server.exitCode !== null || Date.now() > until) throw new Error(`PostgreSQL does not start: ${readFileSync(log, 'utf8').slice(-2_000)}`);
      }
    },
    async stop(how) {
      if (!server || server.exitCode !== null || server.signalCode !== null) return;
      const gone = once(server, 'exit');
      // SIGQUIT ends every process of it at once, and the next start recovers: as after a power cut.
      server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await gone;
    },
    // Not waited for synchronously: whoever holds connections meanwhile would not see that they are closed.
    async backUp(archive) {
      const into = join(dir, 'backup');
      await executed(command('pg_basebackup', '-h', '127.0.0.1', '-p', String(port), '-U', USER, '--format=plain', '--wal-method=fetch', '--checkpoint=fast', '--pgdata', into));
      await executed(['tar', ['-C', into, '-cf', archive, '.']]);
      rmSync(into, { recursive: true });
    },
    restore(archive) {
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data, { mode: 0o700 });
      execFileSync('tar', ['-C', data, '--same-owner', '-xf', archive]);
      own(data);
    },
    async end() {
      await postgres.stop('kill');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

function answers(bin: string, port: number): boolean {
  try {
    execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-U', USER], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const idsOf = (user: string): [number, number] => {
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' })));
  return [uid!, gid!];
};
