import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free_port';

/** A host: an sshd of the test's own on a loopback port, with its own keys. */
export interface SshHost {
  /** Its connector with these parameters besides the key, the home and the host key; an empty one is left out. */
  connector(more?: Record<string, string>): string;
  port: number;
  /** Fingerprint of its host key. */
  fingerprint(): string;
  /** Directory of ours there. */
  home: string;
  dir: string;
  start(): Promise<void>;
  /** As if the host was gone: the listener and every connection are ended. */
  stop(): Promise<void>;
  /** Gives it another host key. */
  newHostKey(): void;
  /** From its next start on it finds the programs of this directory and no Node but that. */
  useTools(bin: string): void;
  /** Living processes of the grid's own program there. */
  programs(): number[];
  close(): Promise<void>;
}

/** A network of its own, as a host elsewhere has: what listens on loopback here is not reached there, nor the other way round. */
export interface Elsewhere {
  name: string;
  address: string;
  /** What a command is begun with to be there. */
  enter: string[];
  remove(): void;
}

/** A systemd of this user's own, which stays when he has logged out, and is seen by nobody else. */
export interface UserManager {
  address?: undefined;
  enter: string[];
  /** For sshd_config. */
  setting: string;
  remove(): void;
}

/** It says where the user lingers, and that the host was booted with it, in mounts of its own. */
const MANAGER = `
for dir in /run/systemd /var/lib/systemd; do mkdir -p $dir; mount -t tmpfs none $dir; done
mkdir -p /run/systemd/system /var/lib/systemd/linger
touch "/var/lib/systemd/linger/$(id -un)"
SYSTEMD_LOG_LEVEL=err /usr/lib/systemd/systemd --user &
echo $! >"$XDG_RUNTIME_DIR/pid"
until test -S "$XDG_RUNTIME_DIR/systemd/private"; do sleep 0.05; done
exec "$@"
`;

export function openUserManager(): UserManager {
  const dir = mkdtempSync(join(tmpdir(), 'grid-systemd-'));
  return {
    enter: ['env', `XDG_RUNTIME_DIR=${dir}`, 'unshare', '--mount', 'sh', '-c', MANAGER, 'sh'],
    setting: `XDG_RUNTIME_DIR=${dir}`,
    remove: () => {
      process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function openElsewhere(): Elsewhere {
  const octet = 1 + (process.pid % 250);
  const name = `grid${process.pid}`;
  const [here, there] = [1, 2].map((last) => `10.213.${octet}.${last}`);
  const ip = (words: string) => execFileSync('ip', words.split(' '));
  ip(`netns add ${name}`);
  ip(`link add ${name} type veth peer name eth0 netns ${name}`);
  ip(`addr add ${here}/24 dev ${name}`);
  ip(`link set ${name} up`);
  ip(`-n ${name} addr add ${there}/24 dev eth0`);
  ip(`-n ${name} link set eth0 up`);
  ip(`-n ${name} link set lo up`);
  return { name, address: there!, enter: ['nsenter', `--net=/run/netns/${name}`], remove: () => void ip(`netns del ${name}`) };
}

/**
 * @param settings more lines for its sshd_config
 * @param place the network it is in, or what else it has of its own
 */
export async function openSshHost(settings: string[] = [], place?: Elsewhere | UserManager): Promise<SshHost> {
  const address = place?.address ?? '127.0.0.1';
  const dir = mkdtempSync(join(tmpdir(), 'grid-ssh-'));
  const home = join(dir, 'home');
  const port = await freePort();
  const key = join(dir, 'key');
  let hostKeys = 0;
  let daemon: ChildProcess | undefined;
  let path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  const makeKey = (path: string) => execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  const hostKey = () => join(dir, `host_key_${hostKeys}`);
  const config = () => [
    `ListenAddress ${address}:${port}`, `HostKey ${hostKey()}`, `AuthorizedKeysFile ${join(dir, 'key.pub')}`, 'StrictModes no', 'UsePAM no',
    'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', `PidFile ${join(dir, 'pid')}`,
    `SetEnv PATH=${path}${place && 'setting' in place ? ` ${place.setting}` : ''}`, ...settings, '',
  ].join('\n');
  mkdirSync('/run/sshd', { recursive: true });
  makeKey(key);
  makeKey(hostKey());
  const host: SshHost = {
    port, home, dir,
    connector: (more = {}) => {
      const all = Object.entries({ key, home, hostkey: host.fingerprint(), ...more }).filter(([, value]) => value !== '');
      return `ssh://${userInfo().username}@${address}:${port}?${new URLSearchParams(all)}`;
    },
    fingerprint: () => execFileSync('ssh-keygen', ['-l', '-f', `${hostKey()}.pub`], { encoding: 'utf8' }).split(' ')[1]!,
    newHostKey: () => { hostKeys += 1; makeKey(hostKey()); },
    useTools: (bin) => {
      mkdirSync(bin);
      path = bin;
    },
    async start() {
      writeFileSync(join(dir, 'config'), config());
      const argv = [...(place?.enter ?? []), '/usr/sbin/sshd', '-f', join(dir, 'config'), '-D', '-e'];
      daemon = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
      let said = '';
      daemon.stderr!.on('data', (chunk) => { said += chunk; });
      while (!(await accepts(address, port))) {
        if (daemon.exitCode !== null) throw new Error(`sshd ended: ${said}`);
        await sleep(20);
      }
    },
    async stop() {
      if (!daemon) return;
      const gone = once(daemon, 'exit');
      const sessions = sessionsOf(daemon.pid!);
      for (const pid of [...sessions, daemon.pid!]) process.kill(pid, 'SIGKILL');
      await gone;
      // What they listen at for us is theirs until they are gone.
      while (processes().some(({ pid, command }) => sessions.includes(pid) && command.startsWith('sshd'))) await sleep(20);
      daemon = undefined;
    },
    programs: () => processes().filter(({ command }) => command.includes(`${home}/bin/`) && command.includes('machine_agent.js')).map(({ pid }) => pid),
    async close() {
      await host.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await host.start();
  return host;
}

interface SeenProcess {
  pid: number;
  parent: number;
  command: string;
}

const processes = (): SeenProcess[] => execFileSync('ps', ['-eo', 'pid=,ppid=,args=', '-ww'], { encoding: 'utf8' }).trim().split('\n').map((text) => {
  const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(text)!;
  return { pid: Number(pid), parent: Number(parent), command: command! };
});

/** The processes of sshd below its daemon, one or two for each connection. */
function sessionsOf(daemon: number): number[] {
  const all = processes();
  const below = (pid: number): number[] => all.filter((one) => one.parent === pid && one.command.startsWith('sshd')).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(daemon);
}

const accepts = (address: string, port: number) => new Promise<boolean>((resolve) => {
  const socket = connect(port, address).on('connect', () => { socket.destroy(); resolve(true); }).on('error', () => resolve(false));
});


/** The connector of several hosts together; each has its own parameters besides `more`, which are for all or, with `.<name>`, for one. */
export function connectorOf(hosts: readonly SshHost[], more: Record<string, string> = {}): string {
  const own = hosts.flatMap((host) => [...new URL(host.connector()).searchParams].map(([name, value]): [string, string] => [`${name}.${nameOf(host)}`, value]));
  return `ssh://${userInfo().username}@${hosts.map(nameOf).join(',')}?${new URLSearchParams([...own, ...Object.entries(more)])}`;
}

/** What a compute of several calls this host. */
export const nameOf = ({ port }: SshHost): string => `127.0.0.1:${port}`;
