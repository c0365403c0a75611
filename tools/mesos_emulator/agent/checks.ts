import type { CheckInfo, CommandInfo, TaskInfo, TaskStatus } from '../../../model/mesos/protocol';
import type { Clock } from '../clock';
import type { Launcher, ProcessSpec } from './launcher';

/** Health checks and checks of a task that runs. */

export interface Watched {
  task: TaskInfo;
  clock: Clock;
  launcher: Launcher;
  /** Of a command that a check runs, beside the task. */
  spec(command: CommandInfo): ProcessSpec;
  host: string;
  /** Something to say while it runs. */
  say(more: Partial<TaskStatus>): void;
  /** It failed too often: it is to be killed. */
  kill(): void;
}

const ms = (seconds: number | undefined, otherwise: number): number => (seconds ?? otherwise) * 1_000;

/** @returns ends it */
export function watch(watched: Watched): () => void {
  const stops: (() => void)[] = [];
  const { health_check: health, check } = watched.task;
  if (health) stops.push(watchHealth(watched, health));
  if (check) stops.push(watchCheck(watched, check));
  return () => stops.forEach((stop) => stop());
}

function watchHealth({ clock, launcher, spec, host, say, kill }: Watched, check: CheckInfo): () => void {
  const begun = clock.now();
  let failures = 0;
  let known: boolean | undefined;
  const { every, stop } = repeatedly(clock, check);
  every((next) => probe(launcher, spec, host, check, (healthy) => {
    const inGrace = clock.now() - begun < ms(check.grace_period_seconds, 10);
    failures = healthy ? 0 : failures + 1;
    // What fails before it ever was well, while it still may, is not spoken of.
    if (!healthy && known === undefined && inGrace) return next();
    if (!healthy || known !== true) say({ healthy, reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' });
    known = healthy;
    if (failures >= (check.consecutive_failures ?? 3)) return kill();
    next();
  }));
  return stop;
}

function watchCheck({ clock, launcher, spec, say }: Watched, check: CheckInfo): () => void {
  let known: number | null | undefined;
  const { every, stop } = repeatedly(clock, check);
  every((next) => launcher.check(spec(commandOf(check)), ms(check.timeout_seconds, 20), (code) => {
    if (code !== known) say({ check_status: { type: 'COMMAND', command: code === null ? {} : { exit_code: code } }, reason: 'REASON_TASK_CHECK_STATUS_UPDATED' });
    known = code;
    next();
  }));
  return stop;
}

/** Each time after the pause that it asks for, until it is stopped. */
function repeatedly(clock: Clock, check: CheckInfo) {
  let stopped = false;
  let cancel = () => {};
  const every = (work: (next: () => void) => void) => {
    const go = (pauseMs: number) => {
      if (stopped) return;
      cancel = clock.after(pauseMs, () => { if (!stopped) work(() => go(ms(check.interval_seconds, 10))); });
    };
    go(ms(check.delay_seconds, 15));
  };
  return { every, stop: () => { stopped = true; cancel(); } };
}

function probe(launcher: Launcher, spec: Watched['spec'], host: string, check: CheckInfo, done: (healthy: boolean) => void): void {
  const limitMs = ms(check.timeout_seconds, 20);
  if (check.type === 'TCP') return launcher.probeTcp(host, check.tcp!.port, limitMs, done);
  if (check.type === 'HTTP') return launcher.probeHttp({ host, port: check.http!.port, path: check.http!.path ?? '/' }, limitMs, (status) => done(status >= 200 && status < 400));
  launcher.check(spec(commandOf(check)), limitMs, (code) => done(code === 0));
}

function commandOf({ command }: CheckInfo): CommandInfo {
  return command && 'command' in command ? command.command : (command as CommandInfo);
}
