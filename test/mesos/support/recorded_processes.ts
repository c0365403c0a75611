import type { Exit, Launcher } from '../../../tools/mesos_emulator/agent/launcher';
import type { Clock } from '../../../tools/mesos_emulator/clock';
import { ofKind, type Trace } from './traces';

/** How a recorded task lived: how long it ran by itself and how it ended, or what it did when it was asked to. */
interface Life {
  endsAfterMs?: number;
  exit: Exit;
  whenAsked: 'ends' | 'ignores' | 'exits';
}

const LONG_S = 5;
const SIGNALS: Record<string, NodeJS.Signals> = { Terminated: 'SIGTERM', Killed: 'SIGKILL' };

function exitOf({ message = '', reason = '', limitation }: any): Exit {
  if (limitation) return { code: null, signal: 'SIGKILL', limitation: { kind: reason.endsWith('MEMORY') ? 'MEMORY' : 'DISK', message } };
  const signal = SIGNALS[/signal (\w+)/.exec(message)?.[1] ?? ''];
  return signal ? { code: null, signal } : { code: Number(/status (\d+)/.exec(message)?.[1] ?? 0), signal: null };
}

/** By task id, its lives one after the other. */
function livesOf(trace: Trace): Map<string, Life[]> {
  const lives = new Map<string, Life[]>();
  const begun = new Map<string, { at: number; uuids: Set<string> }>();
  const frameworkOn = new Map(ofKind(trace.entries, 'event').flatMap(({ conn, event }) => (event.subscribed ? [[conn, event.subscribed.framework_id?.value as string]] : [])));
  for (const { event, conn } of ofKind(trace.entries, 'event')) {
    const status = event.type === 'UPDATE' ? event.update.status : undefined;
    if (!status?.uuid) continue;
    const id = status.task_id.value;
    const key = `${frameworkOn.get(conn)} ${id}`;
    const mine = lives.get(id) ?? [];
    const one = begun.get(key);
    if (one?.uuids.has(status.uuid)) continue;
    if (status.state === 'TASK_STARTING') {
      lives.set(id, [...mine, { exit: { code: null, signal: 'SIGTERM' }, whenAsked: 'ends' }]);
      begun.set(key, { at: status.timestamp, uuids: new Set([status.uuid]) });
      continue;
    }
    one?.uuids.add(status.uuid);
    const life = mine.at(-1);
    if (!life) continue;
    if (status.state === 'TASK_RUNNING' && one && !status.reason) one.at = status.timestamp;
    // It ended while its agent was not there to see it, some time before that said so.
    if (status.reason === 'REASON_EXECUTOR_TERMINATED' && one && status.timestamp - one.at > LONG_S) life.endsAfterMs = (status.timestamp - one.at) * 500;
    const own = status.source === 'SOURCE_EXECUTOR' || status.limitation;
    if (!own || !['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED'].includes(status.state)) continue;
    life.exit = exitOf(status);
    if (status.state === 'TASK_KILLED') life.whenAsked = life.exit.signal === 'SIGTERM' ? 'ends' : life.exit.signal || life.exit.code === 137 ? 'ignores' : 'exits';
    else if (status.reason !== 'REASON_MAX_COMPLETION_TIME_REACHED') life.endsAfterMs = one ? Math.max(1, (status.timestamp - one.at) * 1_000) : 1;
  }
  return lives;
}

/** Exit codes of checks, by what they run: of each run the next, and from then on the last. */
const CHECKS: Record<string, number[]> = { true: [0], 'exit 1': [1], 'test -e /nope': [1], 'test -e done && exit 4; touch done; exit 2': [2, 4] };
const TAKEN_PORT = 31012;
const CHECK_MS = 80;

/** Processes that do what those of the recording did, when they did it. */
export function recordedProcesses(trace: Trace, clock: Clock): Launcher {
  const lives = livesOf(trace);
  const runs = new Map<string, number>();
  const checks = new Map<string, number>();
  let pid = 1_000;
  return {
    executorMs: 180, forkMs: 10,
    makeSandbox: () => {},
    hasUser: (name) => name !== 'no-such-user',
    canFetch: (uri) => !uri.includes('nonexistent'),
    isProgram: (name) => !name.includes('nonexistent'),
    start({ task }, onExit) {
      const run = runs.get(task) ?? 0;
      runs.set(task, run + 1);
      const life = lives.get(task)?.[run] ?? { exit: { code: 0, signal: null }, whenAsked: 'ends' as const };
      let over = false;
      const exit = (how: Exit) => { if (!over) { over = true; onExit(how); } };
      if (life.endsAfterMs !== undefined) clock.after(life.endsAfterMs, () => exit(life.exit));
      return {
        pid: (pid += 1),
        signal(name) {
          if (name === 'SIGKILL') clock.after(5, () => exit(life.exit.code === 137 ? life.exit : { code: null, signal: 'SIGKILL' }));
          else if (life.whenAsked !== 'ignores') clock.after(60, () => exit(life.whenAsked === 'exits' ? { code: 0, signal: null } : { code: null, signal: 'SIGTERM' }));
        },
      };
    },
    check({ argv, task }, _limitMs, done) {
      const codes = CHECKS[argv.at(-1)!] ?? [0];
      const count = checks.get(task) ?? 0;
      checks.set(task, count + 1);
      clock.after(CHECK_MS, () => done(codes[Math.min(count, codes.length - 1)]!));
    },
    // Beside a health check that finds nobody, it is asked whether a port is free before a container has it.
    probeTcp: (_host, port, _limitMs, done) => void clock.after(CHECK_MS, () => done(port === TAKEN_PORT)),
    probeHttp: (_url, _limitMs, done) => void clock.after(CHECK_MS, () => done(200)),
  };
}
