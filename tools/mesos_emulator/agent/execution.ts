import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CommandInfo, FrameworkInfo, Id, KillPolicy, Resource, TaskInfo, TaskState, TaskStatus } from '../../../model/mesos/protocol';
import type { Clock } from '../clock';
import { watch } from './checks';
import type { Exit, Launcher, ProcessSpec, Running } from './launcher';

/** One task on an agent, from its sandbox to its end. */
export interface Execution {
  task: TaskInfo;
  framework: FrameworkInfo & { id: Id };
  executor: string;
  container: string;
  /** Of a group: its executor's container. */
  parent?: string;
  dir: string;
  role: string;
  phase: 'preparing' | 'starting' | 'running' | 'over';
  running?: Running;
  killed?: { reason?: string; healthy?: false };
  timedOut?: true;
  stop(): void;
}

/** What an execution needs of its agent. */
export interface Surroundings {
  clock: Clock;
  launcher: Launcher;
  agentId: string;
  ip: string;
  endpoint: string;
  /** Images that its docker has; undefined: it has no docker. */
  images?: readonly string[];
  update(execution: Execution, status: TaskStatus): void;
  over(execution: Execution): void;
}

const EXECUTOR_MEM_MIB = 32;
const DOCKER_RUN_MS = 700;
const DOCKER_FAILS_MS = 5_000;
const WORDS: Record<string, string> = { SIGKILL: 'Killed', SIGTERM: 'Terminated', SIGINT: 'Interrupt', SIGSEGV: 'Segmentation fault' };

const isDocker = ({ task }: Execution): boolean => task.container?.type === 'DOCKER';
const can = ({ framework }: Execution, capability: string): boolean => Boolean(framework.capabilities?.some(({ type }) => type === capability));

export interface Said extends Partial<TaskStatus> {
  by?: 'SOURCE_AGENT' | 'SOURCE_EXECUTOR';
  /** Says nothing of its container, which may not be. */
  bare?: true;
}

/** One update, with all that it always has. */
export function say(around: Surroundings, execution: Execution, state: TaskState, { by = 'SOURCE_EXECUTOR', bare, ...more }: Said = {}): void {
  const { clock, agentId, ip } = around;
  const { task, executor, container, parent, running } = execution;
  const checked = task.check && by === 'SOURCE_EXECUTOR' ? { check_status: { type: task.check.type, command: {} } } : {};
  const container_status = {
    container_id: { value: container, ...(parent ? { parent: { value: parent } } : {}) },
    network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: state === 'TASK_RUNNING' && isDocker(execution) && task.container!.docker?.network === 'BRIDGE' ? '172.17.0.2' : ip }] }],
    ...(running && !isDocker(execution) ? { executor_pid: running.pid } : isDocker(execution) ? {} : { executor_pid: process.pid }),
  };
  const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64');
  around.update(execution, {
    task_id: task.task_id, state, ...more, source: by, agent_id: { value: agentId }, executor_id: { value: executor }, timestamp: clock.now() / 1_000, uuid,
    ...(more.check_status ? {} : checked), ...(bare || by === 'SOURCE_AGENT' ? {} : { container_status }),
  });
}

function end(around: Surroundings, execution: Execution, state: TaskState, said: Said): void {
  if (execution.phase === 'over') return;
  execution.stop();
  execution.phase = 'over';
  say(around, execution, state, said);
  around.over(execution);
}

/** Why it does not even come to an executor: state, reason and text. */
function obstacle({ launcher, images }: Surroundings, { task, container, dir }: Execution): [TaskState, string, string] | undefined {
  const { user, uris = [] } = task.command ?? {};
  const failed = (text: string): [TaskState, string, string] => ['TASK_FAILED', 'REASON_CONTAINER_LAUNCH_FAILED', `Failed to launch container: ${text}`];
  if (user && !launcher.hasUser(user)) {
    return ['TASK_DROPPED', 'REASON_EXECUTOR_TERMINATED', `Failed to create executor directory '${dir}': Failed to chown directory to '${user}': No such user '${user}'`];
  }
  if (uris.some(({ value }) => !launcher.canFetch(value))) return failed(`Failed to fetch all URIs for container '${container}': exited with status 1`);
  if (task.container?.mesos?.image) return failed('Unsupported container image type: DOCKER');
  const docker = task.container?.type === 'DOCKER' ? task.container.docker : undefined;
  if (!docker) return undefined;
  if (!images) return ['TASK_FAILED', 'REASON_EXECUTOR_TERMINATED', 'Abnormal executor termination: unknown container'];
  if (images.includes(docker.image) && !docker.force_pull_image) return undefined;
  const daemon = 'Error response from daemon: Get <registry url>: dial tcp: lookup <registry host>: no such host';
  return failed(`Failed to run 'docker -H unix:///var/run/docker.sock pull ${docker.image}': exited with status 1; stderr='${daemon}\n'`);
}

export function begin(around: Surroundings, execution: Execution): void {
  const { clock, launcher } = around;
  const no = obstacle(around, execution);
  if (no) {
    execution.stop = clock.after(execution.task.container?.docker && around.images ? 120 : 10, () => end(around, execution, no[0], { by: 'SOURCE_AGENT', reason: no[1], message: no[2] }));
    return;
  }
  const { dir, parent, task } = execution;
  // Those of a group are found by their tasks' names too.
  launcher.makeSandbox(dir, parent ? join(dir, '../../tasks', task.task_id.value) : undefined);
  execution.stop = clock.after(launcher.executorMs, () => {
    execution.phase = 'starting';
    say(around, execution, 'TASK_STARTING');
    if (isDocker(execution)) beginContainer(around, execution);
    else execution.stop = clock.after(launcher.forkMs, () => fork(around, execution));
  });
}

/** As `docker run` has it: what it cannot start ends some seconds later, without ever having run. */
function beginContainer(around: Surroundings, execution: Execution): void {
  const { clock, launcher } = around;
  const { task } = execution;
  const { docker, network_infos } = task.container!;
  const ports = task.resources.flatMap((resource) => (resource.name === 'ports' && resource.type === 'RANGES' ? resource.ranges.range : []));
  const unclaimed = docker!.port_mappings?.some(({ host_port }) => !ports.some(({ begin: from, end: to }) => from <= host_port && host_port <= to));
  const fails = (code: number) => { execution.stop = clock.after(DOCKER_FAILS_MS, () => end(around, execution, 'TASK_FAILED', { message: `Container exited with status ${code}` })); };
  if (unclaimed) {
    execution.stop = clock.after(launcher.forkMs, () => end(around, execution, 'TASK_FAILED', { message: 'Failed to create docker run options: Port mappings require port resources' }));
    return;
  }
  if (docker!.network === 'USER' && network_infos?.length) return fails(125);
  if (task.command?.shell === false && !launcher.isProgram(task.command.value ?? '')) return fails(127);
  const mapped = docker!.port_mappings?.[0]?.host_port;
  const run = () => { execution.stop = clock.after(DOCKER_RUN_MS, () => fork(around, execution)); };
  if (mapped === undefined) return run();
  launcher.probeTcp(around.ip, mapped, 200, (taken) => (taken ? fails(125) : run()));
}

function fork(around: Surroundings, execution: Execution): void {
  const { clock, launcher, ip } = around;
  const { task } = execution;
  execution.phase = 'running';
  // What ends at once does so after it is said to run.
  let ended: Exit | undefined;
  let said = false;
  execution.running = launcher.start(specOf(around, execution, task.command!), (exit) => {
    ended = exit;
    if (said) over(around, execution, exit);
  });
  const inspected = isDocker(execution) ? { data: Buffer.from(JSON.stringify([{ Id: execution.container, Name: `/mesos-${execution.container}`, State: { Running: true } }], null, 4)).toString('base64') } : {};
  say(around, execution, 'TASK_RUNNING', inspected);
  said = true;
  if (ended) return over(around, execution, ended);
  const stops = [watch({
    task, clock, launcher, host: ip, spec: (command) => specOf(around, execution, command), say: (more) => say(around, execution, 'TASK_RUNNING', more),
    kill: () => kill(around, execution, undefined, { healthy: false }),
  })];
  if (task.max_completion_time) {
    stops.push(clock.after(task.max_completion_time.nanoseconds / 1e6, () => {
      execution.timedOut = true;
      execution.running!.signal('SIGTERM');
    }));
  }
  execution.stop = () => stops.forEach((stop) => stop());
}

/** Asks it to end, and makes it after its grace; what has not reached its executor yet never does. */
export function kill(around: Surroundings, execution: Execution, policy: KillPolicy | undefined, killed: NonNullable<Execution['killed']> = {}): void {
  if (execution.phase === 'over' || execution.killed) return;
  if (execution.phase === 'preparing') {
    execution.stop();
    execution.stop = around.clock.after(20, () => end(around, execution, 'TASK_KILLED', { by: 'SOURCE_AGENT', reason: 'REASON_TASK_KILLED_DURING_LAUNCH', message: 'Killed before delivery to the executor' }));
    return;
  }
  execution.killed = killed;
  const watching = execution.stop;
  watching();
  if (can(execution, 'TASK_KILLING_STATE')) say(around, execution, 'TASK_KILLING', killed.reason ? { reason: killed.reason } : {});
  if (!execution.running) return end(around, execution, 'TASK_KILLED', { message: 'Command terminated with signal Terminated', ...(killed.reason ? { reason: killed.reason } : {}) });
  execution.running.signal('SIGTERM');
  const graceMs = (policy?.grace_period ?? execution.task.kill_policy?.grace_period)?.nanoseconds;
  execution.stop = around.clock.after(graceMs === undefined ? (isDocker(execution) ? 5_000 : 3_000) : graceMs / 1e6, () => execution.running!.signal('SIGKILL'));
}

/** Its executor was killed: nobody is there who could say how it ended. */
export function loseExecutor(around: Surroundings, execution: Execution): void {
  execution.running?.signal('SIGKILL');
  end(around, execution, 'TASK_FAILED', { by: 'SOURCE_AGENT', reason: 'REASON_EXECUTOR_TERMINATED', message: 'Executor terminated' });
}

function over(around: Surroundings, execution: Execution, { code, signal, limitation }: Exit): void {
  if (execution.phase === 'over') return;
  if (limitation) {
    const resources = limitOf(execution, limitation.kind);
    return end(around, execution, 'TASK_FAILED', { by: 'SOURCE_AGENT', reason: `REASON_CONTAINER_LIMITATION_${limitation.kind}`, message: limitation.message, limitation: { resources } });
  }
  const status = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
  const command = signal ? `Command terminated with signal ${WORDS[signal] ?? signal}` : `Command exited with status ${code}`;
  const message = isDocker(execution) ? `Container exited with status ${status}` : command;
  if (execution.timedOut) return end(around, execution, 'TASK_FAILED', { reason: 'REASON_MAX_COMPLETION_TIME_REACHED', message });
  const { killed } = execution;
  const state = killed ? 'TASK_KILLED' : status === 0 ? 'TASK_FINISHED' : 'TASK_FAILED';
  end(around, execution, state, { message, ...(killed?.reason ? { reason: killed.reason } : {}), ...(killed?.healthy === false ? { healthy: false } : {}) });
}

/** A container may have a little more memory than its task asked for: its executor lives there too. */
function limitOf({ task, role }: Execution, kind: 'MEMORY' | 'DISK'): Resource[] {
  return task.resources.flatMap((one): Resource[] => {
    if (one.type !== 'SCALAR' || one.name !== (kind === 'MEMORY' ? 'mem' : 'disk')) return [];
    return kind === 'MEMORY' ? [{ name: 'mem', type: 'SCALAR', scalar: { value: one.scalar.value + EXECUTOR_MEM_MIB } }] : [{ name: 'disk', type: 'SCALAR', scalar: one.scalar, allocation_info: { role } }];
  });
}

function specOf({ agentId, endpoint, ip }: Surroundings, execution: Execution, command: CommandInfo): ProcessSpec {
  const { dir, task, framework, executor, role, parent } = execution;
  const own = Object.fromEntries([...(task.command?.environment?.variables ?? []), ...(command.environment?.variables ?? [])].map(({ name, value }) => [name, value]));
  const common = { PATH: process.env.PATH ?? '/usr/bin:/bin', MESOS_SANDBOX: dir, MESOS_ALLOCATION_ROLE: role };
  const env = parent ? { ...common, MESOS_CONTAINER_IP: ip } : {
    ...common, MESOS_DIRECTORY: dir, MESOS_EXECUTOR_ID: executor, MESOS_FRAMEWORK_ID: framework.id.value, MESOS_SLAVE_ID: agentId, MESOS_AGENT_ENDPOINT: endpoint,
    MESOS_CHECKPOINT: framework.checkpoint ? '1' : '0', LIBPROCESS_IP: ip, LIBPROCESS_PORT: '0',
  };
  const argv = command.shell === false ? [command.value ?? '', ...(command.arguments ?? []).slice(1)] : ['/bin/sh', '-c', command.value ?? ''];
  return { task: task.task_id.value, argv, cwd: dir, env: { ...env, ...own } };
}

